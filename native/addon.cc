// The addon: libbpf's calls for one environment (main thread or worker). Arguments, defaults, types and errors are
// described on the JavaScript side, whose door is index.ts.
#include <dlfcn.h>
#include <napi.h>

#include "addon_data.h"
#include "arguments.h"
#include "bpf_error.h"
#include "bpf_object.h"
#include "capabilities.h"
#include "event_stream.h"
#include "kernel_btf.h"
#include "kernel_info.h"
#include "map_reader.h"
#include "process_memory.h"
#include "systemd_notify.h"

// A symbol to attach a uprobe to, for programs that must run once when all are attached.
extern "C" __attribute__((visibility("default"), noinline, used)) void post_attach_mark() { asm volatile(""); }

namespace bpf {
namespace {

Napi::Value TriggerPostAttachMark(const Napi::CallbackInfo& info) {
  post_attach_mark();
  return info.Env().Undefined();
}

// The file whose symbol table has the mark: this addon.
Napi::Value PostAttachMarkPath(const Napi::CallbackInfo& info) {
  Dl_info place = {};
  dladdr(reinterpret_cast<void*>(&post_attach_mark), &place);
  return Napi::String::New(info.Env(), place.dli_fname);
}

// (class BpfError): what all failures of this environment are thrown as
Napi::Value SetErrorClass(const Napi::CallbackInfo& info) {
  info.Env().GetInstanceData<AddonData>()->bpf_error = Napi::Persistent(FunctionArgument(info, 0));
  return info.Env().Undefined();
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  InstallLogCapture();
  auto* data = new AddonData();
  env.SetInstanceData(data);
  data->map_reader = Napi::Persistent(MapReader::Define(env));
  data->event_stream = Napi::Persistent(EventStream::Define(env));
  exports["BpfObject"] = BpfObject::Define(env);
  exports["setErrorClass"] = Napi::Function::New<SetErrorClass>(env);
  exports["triggerPostAttachMark"] = Napi::Function::New<TriggerPostAttachMark>(env);
  exports["keepCapabilities"] = Napi::Function::New<KeepCapabilities>(env);
  exports["keepOpen"] = Napi::Function::New<KeepOpen>(env);
  exports["notifySystemd"] = Napi::Function::New<NotifySystemd>(env);
  exports["releaseMemory"] = Napi::Function::New<ReleaseMemory>(env);
  exports["postAttachMarkPath"] = Napi::Function::New<PostAttachMarkPath>(env);
  DefineKernelInfo(env, exports);
  KernelBtf::Define(env, exports);
  return exports;
}

NODE_API_MODULE(addon, Init)

}  // namespace
}  // namespace bpf
