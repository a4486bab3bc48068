#include "kernel_btf.h"

#include <malloc.h>

#include "addon_data.h"
#include "arguments.h"
#include "bpf_error.h"

namespace bpf {
namespace {

const btf* TypesOf(const Napi::CallbackInfo& info) {
  const LogCapture capture;
  return info.Env().GetInstanceData<AddonData>()->kernel_btf.Get(StringArgument(info, 0));
}

// (path or '', function): undefined without BTF
Napi::Value HasFunction(const Napi::CallbackInfo& info) {
  const btf* types = TypesOf(info);
  if (types == nullptr) return info.Env().Undefined();
  const int id = btf__find_by_name_kind(types, StringArgument(info, 1).c_str(), BTF_KIND_FUNC);
  return Napi::Boolean::New(info.Env(), id > 0);
}

// A tracepoint's function is described by `typedef void (*btf_trace_NAME)(void *, ARGUMENTS)`. Null for none.
const btf_type* TracepointPrototype(const btf* types, const std::string& name) {
  const int id = btf__find_by_name_kind(types, ("btf_trace_" + name).c_str(), BTF_KIND_TYPEDEF);
  const btf_type* type = id > 0 ? btf__type_by_id(types, static_cast<uint32_t>(id)) : nullptr;
  type = type == nullptr ? nullptr : btf__type_by_id(types, type->type);
  type = type == nullptr || !btf_is_ptr(type) ? nullptr : btf__type_by_id(types, type->type);
  return type != nullptr && btf_is_func_proto(type) ? type : nullptr;
}

// (path or '', tracepoint): the number of its arguments, -1 for no such tracepoint, undefined without BTF
Napi::Value TracepointArguments(const Napi::CallbackInfo& info) {
  const btf* types = TypesOf(info);
  if (types == nullptr) return info.Env().Undefined();
  const btf_type* prototype = TracepointPrototype(types, StringArgument(info, 1));
  return Napi::Number::New(info.Env(), prototype == nullptr ? -1 : btf_vlen(prototype) - 1);
}

Napi::Value ReleaseKernelBtf(const Napi::CallbackInfo& info) {
  info.Env().GetInstanceData<AddonData>()->kernel_btf.Release();
  return info.Env().Undefined();
}

}  // namespace

const btf* KernelBtf::Get(const std::string& path) {
  if (types_ != nullptr && path == path_) return types_.get();
  types_.reset(path.empty() ? btf__load_vmlinux_btf() : btf__parse(path.c_str(), nullptr));
  path_ = path;
  return types_.get();
}

void KernelBtf::Release() {
  types_.reset();
  malloc_trim(0);
}

void KernelBtf::Define(Napi::Env env, Napi::Object exports) {
  exports["btfHasFunction"] = Napi::Function::New<HasFunction>(env);
  exports["btfTracepointArguments"] = Napi::Function::New<TracepointArguments>(env);
  exports["releaseKernelBtf"] = Napi::Function::New<ReleaseKernelBtf>(env);
}

}  // namespace bpf
