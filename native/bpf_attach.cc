#include <errno.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "arguments.h"
#include "bpf_object.h"

namespace bpf {
namespace {

constexpr char kAttach[] = "attach";

// "" as undefined, since libbpf wants null.
const char* OrNull(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

// Returns the file descriptor or a negative errno.
int OpenPerfEvent(uint32_t type, uint64_t config, uint64_t frequency, uint64_t period, int cpu) {
  perf_event_attr attributes = {};
  attributes.size = sizeof(attributes);
  attributes.type = type;
  attributes.config = config;
  attributes.freq = frequency != 0;
  attributes.sample_freq = frequency != 0 ? frequency : period;
  const long fd = syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
  return fd < 0 ? -errno : static_cast<int>(fd);
}

}  // namespace

void BpfObject::Keep(Napi::Env env, const bpf_program* program, bpf_link* link, const LogCapture& capture) {
  const int error = errno;
  if (link != nullptr) {
    handle_->links(program).emplace_back(link);
    return;
  }
  Failure failure = Fail(kAttach, error);
  failure.program = bpf_program__name(program);
  failure.log = capture.Text();
  if (error == EOPNOTSUPP && failure.log.empty()) {
    failure.detail = std::string("libbpf cannot attach SEC(\"") + bpf_program__section_name(program) + "\") by itself";
  }
  Throw(env, failure);
}

// (program)
Napi::Value BpfObject::Attach(const Napi::CallbackInfo& info) {
  bpf_program* program = Program(info, kAttach);
  const LogCapture capture;
  Keep(info.Env(), program, bpf_program__attach(program), capture);
  return info.Env().Undefined();
}

// (program, type, config, frequency, period, cpu)
Napi::Value BpfObject::AttachPerfEvent(const Napi::CallbackInfo& info) {
  bpf_program* program = Program(info, kAttach);
  const auto type = IntegerArgument<uint32_t>(info, 1);
  const auto cpu = IntegerArgument<int32_t>(info, 5);
  const LogCapture capture;
  const int fd =
      OpenPerfEvent(type, Uint64Argument(info, 2), IntegerArgument<uint32_t>(info, 3), Uint64Argument(info, 4), cpu);
  if (fd < 0) {
    Failure failure = Fail(kAttach, -fd);
    failure.program = bpf_program__name(program);
    failure.detail = "perf_event_open on CPU " + std::to_string(cpu) + ": " + strerror(-fd);
    Throw(info.Env(), failure);
  }
  bpf_link* link = bpf_program__attach_perf_event(program, fd);
  const int error = errno;
  if (link == nullptr) close(fd);
  errno = error;
  Keep(info.Env(), program, link, capture);
  return info.Env().Undefined();
}

// (program, path, function | '', offset, retprobe, pid)
Napi::Value BpfObject::AttachUprobe(const Napi::CallbackInfo& info) {
  bpf_program* program = Program(info, kAttach);
  const std::string path = StringArgument(info, 1);
  const std::string function = StringArgument(info, 2);
  const auto offset = IntegerArgument<uint64_t>(info, 3);
  bpf_uprobe_opts options = {};
  options.sz = sizeof(options);
  options.func_name = OrNull(function);
  options.retprobe = BooleanArgument(info, 4);
  const auto pid = IntegerArgument<pid_t>(info, 5);
  const LogCapture capture;
  Keep(info.Env(), program, bpf_program__attach_uprobe_opts(program, pid, path.c_str(), offset, &options), capture);
  return info.Env().Undefined();
}

// (program, path, provider, name, pid)
Napi::Value BpfObject::AttachUsdt(const Napi::CallbackInfo& info) {
  bpf_program* program = Program(info, kAttach);
  const std::string path = StringArgument(info, 1);
  const std::string provider = StringArgument(info, 2);
  const std::string name = StringArgument(info, 3);
  const auto pid = IntegerArgument<pid_t>(info, 4);
  const LogCapture capture;
  bpf_link* link = bpf_program__attach_usdt(program, pid, path.c_str(), provider.c_str(), name.c_str(), nullptr);
  Keep(info.Env(), program, link, capture);
  return info.Env().Undefined();
}

// (program, ifindex)
Napi::Value BpfObject::AttachXdp(const Napi::CallbackInfo& info) {
  bpf_program* program = Program(info, kAttach);
  const auto ifindex = IntegerArgument<int32_t>(info, 1);
  const LogCapture capture;
  Keep(info.Env(), program, bpf_program__attach_xdp(program, ifindex), capture);
  return info.Env().Undefined();
}

// (program, category, name)
Napi::Value BpfObject::AttachTracepoint(const Napi::CallbackInfo& info) {
  bpf_program* program = Program(info, kAttach);
  const std::string category = StringArgument(info, 1);
  const std::string name = StringArgument(info, 2);
  const LogCapture capture;
  Keep(info.Env(), program, bpf_program__attach_tracepoint(program, category.c_str(), name.c_str()), capture);
  return info.Env().Undefined();
}

// (program, name)
Napi::Value BpfObject::AttachRawTracepoint(const Napi::CallbackInfo& info) {
  bpf_program* program = Program(info, kAttach);
  const std::string name = StringArgument(info, 1);
  const LogCapture capture;
  Keep(info.Env(), program, bpf_program__attach_raw_tracepoint(program, name.c_str()), capture);
  return info.Env().Undefined();
}

// (program, function, offset, retprobe)
Napi::Value BpfObject::AttachKprobe(const Napi::CallbackInfo& info) {
  bpf_program* program = Program(info, kAttach);
  const std::string function = StringArgument(info, 1);
  bpf_kprobe_opts options = {};
  options.sz = sizeof(options);
  options.offset = IntegerArgument<uint32_t>(info, 2);
  options.retprobe = BooleanArgument(info, 3);
  const LogCapture capture;
  Keep(info.Env(), program, bpf_program__attach_kprobe_opts(program, function.c_str(), &options), capture);
  return info.Env().Undefined();
}

// (program)
Napi::Value BpfObject::Detach(const Napi::CallbackInfo& info) {
  handle_->links(Program(info, "detach")).clear();
  return info.Env().Undefined();
}

// (program)
Napi::Value BpfObject::Attached(const Napi::CallbackInfo& info) {
  const size_t links = handle_->links(Program(info, "attach")).size();
  return Napi::Number::New(info.Env(), static_cast<double>(links));
}

}  // namespace bpf
