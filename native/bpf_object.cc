#include "bpf_object.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <malloc.h>
#include <time.h>

#include <string_view>
#include <vector>

#include "arguments.h"
#include "btf_image.h"
#include "elf_image.h"

namespace bpf {
namespace {

// Section forms of ours that libbpf leaves without a program type.
void SetTypesOfOwnSections(bpf_object* object) {
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(object, program)) != nullptr) {
    if (bpf_program__type(program) != BPF_PROG_TYPE_UNSPEC) continue;
    const std::string_view section = bpf_program__section_name(program);
    if (section.starts_with("perf_event/")) bpf_program__set_type(program, BPF_PROG_TYPE_PERF_EVENT);
    if (!section.starts_with("xdp/")) continue;
    bpf_program__set_type(program, BPF_PROG_TYPE_XDP);
    bpf_program__set_expected_attach_type(program, BPF_XDP);
  }
}

// A map that is pinned by its name would outlive the process.
void ForgetPins(bpf_object* object) {
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(object, map)) != nullptr) bpf_map__set_pin_path(map, nullptr);
}

// As libbpf names an object by its file: up to the first dot.
std::string ObjectName(const std::string& file) {
  const std::string base = file.substr(file.rfind('/') + 1);
  return base.substr(0, base.find('.'));
}

std::optional<std::string> FaultOf(ElfImage& image) {
  if (auto fault = image.Fault()) return fault;
  const std::string_view types = image.Section(".BTF");
  return types.empty() ? std::nullopt : BtfImage(types).Fault();
}

// Null with errno set, as libbpf does. libbpf copies what it needs of the bytes.
bpf_object* OpenBytes(const std::vector<uint8_t>& bytes, const std::string& name, const std::string& btf_path) {
  bpf_object_open_opts options = {};
  options.sz = sizeof(options);
  options.object_name = name.c_str();
  if (!btf_path.empty()) options.btf_custom_path = btf_path.c_str();
  return bpf_object__open_mem(bytes.data(), bytes.size(), &options);
}

int64_t Nanoseconds(clockid_t clock) {
  timespec now = {};
  clock_gettime(clock, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

Napi::Object InfoObject(Napi::Env env, const bpf_prog_info& program) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string tag;
  for (const uint8_t byte : program.tag) tag.append({kHex[byte >> 4], kHex[byte & 15]});
  auto info = Napi::Object::New(env);
  info["id"] = program.id;
  info["tag"] = tag;
  info["runTimeNs"] = static_cast<double>(program.run_time_ns);
  info["runCount"] = static_cast<double>(program.run_cnt);
  info["recursionMisses"] = static_cast<double>(program.recursion_misses);
  info["jitedSize"] = program.jited_prog_len;
  const int64_t boot = Nanoseconds(CLOCK_REALTIME) - Nanoseconds(CLOCK_BOOTTIME);
  if (program.load_time != 0) {
    info["loadTimeUnixNano"] = Napi::BigInt::New(env, boot + static_cast<int64_t>(program.load_time));
  }
  return info;
}

}  // namespace

BpfObject::BpfObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<BpfObject>(info) {
  const std::string file = StringArgument(info, 0);
  const std::string btf_path = info[1].IsUndefined() ? "" : StringArgument(info, 1);
  const LogCapture capture;
  std::vector<uint8_t> bytes;
  Failure failure = {.error = ElfImage::ReadFile(file, &bytes), .operation = "open", .object = file};
  if (failure.error != 0) ThrowBpfError(info.Env(), failure);
  ElfImage image(bytes);
  if (const auto fault = FaultOf(image)) {
    failure.error = LIBBPF_ERRNO__FORMAT;
    failure.detail = *fault;
    ThrowBpfError(info.Env(), failure);
  }
  bpf_object* object = OpenBytes(bytes, ObjectName(file), btf_path);
  if (object == nullptr) {
    failure.error = errno;
    failure.log = capture.Text();
    ThrowBpfError(info.Env(), failure);
  }
  const std::string_view license = image.Section("license");
  license_ = license.substr(0, license.find('\0'));
  handle_ = std::make_shared<ObjectHandle>(object, file);
  SetTypesOfOwnSections(object);
  ForgetPins(object);
}

Failure BpfObject::Fail(const char* operation, int error) const {
  return {.error = error, .operation = operation, .object = handle_->file()};
}

bpf_object* BpfObject::Opened(Napi::Env env, const char* operation) const {
  if (handle_->get() != nullptr) return handle_->get();
  Failure failure = Fail(operation, EBADF);
  failure.detail = "the object is closed";
  Throw(env, failure);
}

bpf_object* BpfObject::NotLoaded(Napi::Env env, const char* operation) const {
  bpf_object* object = Opened(env, operation);
  if (!loaded_) return object;
  Failure failure = Fail(operation, EINVAL);
  failure.detail = "only before load()";
  Throw(env, failure);
}

bpf_program* BpfObject::Program(const Napi::CallbackInfo& info, const char* operation) const {
  bpf_object* object = Opened(info.Env(), operation);
  const std::string name = StringArgument(info, 0);
  bpf_program* program = bpf_object__find_program_by_name(object, name.c_str());
  if (program != nullptr) return program;
  Failure failure = Fail(operation, ENOENT);
  failure.program = name;
  failure.detail = "no such program in the object";
  Throw(info.Env(), failure);
}

Napi::Value BpfObject::License(const Napi::CallbackInfo& info) { return Napi::String::New(info.Env(), license_); }

Napi::Value BpfObject::Programs(const Napi::CallbackInfo& info) {
  bpf_object* object = Opened(info.Env(), "open");
  auto programs = Napi::Array::New(info.Env());
  bpf_program* program = nullptr;
  while ((program = bpf_object__next_program(object, program)) != nullptr) {
    const char* type = libbpf_bpf_prog_type_str(bpf_program__type(program));
    auto entry = Napi::Object::New(info.Env());
    entry["name"] = bpf_program__name(program);
    entry["section"] = bpf_program__section_name(program);
    entry["type"] = type == nullptr ? "unknown" : type;
    programs[programs.Length()] = entry;
  }
  return programs;
}

Napi::Value BpfObject::SetAutoload(const Napi::CallbackInfo& info) {
  NotLoaded(info.Env(), "set_autoload");
  bpf_program* program = Program(info, "set_autoload");
  const int error = bpf_program__set_autoload(program, BooleanArgument(info, 1));
  if (error != 0) Throw(info.Env(), Fail("set_autoload", -error));
  return info.Env().Undefined();
}

Napi::Value BpfObject::Load(const Napi::CallbackInfo& info) {
  bpf_object* object = NotLoaded(info.Env(), "load");
  loaded_ = true;
  const LogCapture capture;
  const int error = bpf_object__load(object);
  // The kernel's BTF was read for it and is freed: some MiB, which glibc would keep.
  malloc_trim(0);
  if (error == 0) return info.Env().Undefined();
  Failure failure = Fail("load", -error);
  failure.log = capture.Text();
  Throw(info.Env(), failure);
}

Napi::Value BpfObject::RuntimeInfo(const Napi::CallbackInfo& info) {
  bpf_program* program = Program(info, "info");
  bpf_prog_info kernel_info = {};
  uint32_t length = sizeof(kernel_info);
  const int fd = bpf_program__fd(program);
  const int error = fd < 0 ? EINVAL : -bpf_obj_get_info_by_fd(fd, &kernel_info, &length);
  if (error == 0) return InfoObject(info.Env(), kernel_info);
  Failure failure = Fail("info", error);
  failure.program = bpf_program__name(program);
  if (fd < 0) failure.detail = "the program is not loaded";
  Throw(info.Env(), failure);
}

Napi::Value BpfObject::Close(const Napi::CallbackInfo& info) {
  handle_->Close();
  return info.Env().Undefined();
}

Napi::Function BpfObject::Define(Napi::Env env) {
  return DefineClass(env, "BpfObject",
                     {
                         InstanceMethod<&BpfObject::License>("license"),
                         InstanceMethod<&BpfObject::Programs>("programs"),
                         InstanceMethod<&BpfObject::SetAutoload>("setAutoload"),
                         InstanceMethod<&BpfObject::Load>("load"),
                         InstanceMethod<&BpfObject::RuntimeInfo>("runtimeInfo"),
                         InstanceMethod<&BpfObject::Close>("close"),
                         InstanceMethod<&BpfObject::Constants>("constants"),
                         InstanceMethod<&BpfObject::SetConstant>("setConstant"),
                         InstanceMethod<&BpfObject::Attach>("attach"),
                         InstanceMethod<&BpfObject::AttachPerfEvent>("attachPerfEvent"),
                         InstanceMethod<&BpfObject::AttachUprobe>("attachUprobe"),
                         InstanceMethod<&BpfObject::AttachUsdt>("attachUsdt"),
                         InstanceMethod<&BpfObject::AttachXdp>("attachXdp"),
                         InstanceMethod<&BpfObject::AttachTracepoint>("attachTracepoint"),
                         InstanceMethod<&BpfObject::AttachRawTracepoint>("attachRawTracepoint"),
                         InstanceMethod<&BpfObject::AttachKprobe>("attachKprobe"),
                         InstanceMethod<&BpfObject::Detach>("detach"),
                         InstanceMethod<&BpfObject::Attached>("attached"),
                         InstanceMethod<&BpfObject::Maps>("maps"),
                         InstanceMethod<&BpfObject::SetMaxEntries>("setMaxEntries"),
                         InstanceMethod<&BpfObject::MapFd>("mapFd"),
                         InstanceMethod<&BpfObject::Lookup>("lookup"),
                         InstanceMethod<&BpfObject::Update>("update"),
                         InstanceMethod<&BpfObject::Delete>("delete"),
                         InstanceMethod<&BpfObject::Fill>("fill"),
                         InstanceMethod<&BpfObject::Reader>("reader"),
                         InstanceMethod<&BpfObject::RingBuffer>("ringBuffer"),
                         InstanceMethod<&BpfObject::PerfBuffer>("perfBuffer"),
                     });
}

}  // namespace bpf
