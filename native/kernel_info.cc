#include "kernel_info.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <unistd.h>

#include <string>

#include "arguments.h"
#include "bpf_error.h"

namespace bpf {
namespace {

// Types are numbered without holes; well beyond today's last.
constexpr int kMaxTypes = 256;

// Finds libbpf's number of a type by its name; -1 when this libbpf knows none.
template <typename Name>
int TypeByName(const std::string& wanted, Name name) {
  for (int type = 0; type < kMaxTypes; type++) {
    const char* known = name(type);
    if (known != nullptr && wanted == known) return type;
  }
  return -1;
}

int ProgramType(const std::string& name) {
  return TypeByName(name, [](int type) { return libbpf_bpf_prog_type_str(static_cast<bpf_prog_type>(type)); });
}

int MapType(const std::string& name) {
  return TypeByName(name, [](int type) { return libbpf_bpf_map_type_str(static_cast<bpf_map_type>(type)); });
}

// libbpf's answer: 1 yes, 0 no, negative errno.
Napi::Value ProbeAnswer(Napi::Env env, int answer) {
  if (answer < 0) ThrowBpfError(env, {.error = -answer, .operation = "probe"});
  return Napi::Boolean::New(env, answer == 1);
}

// (type name)
Napi::Value ProbeProgramType(const Napi::CallbackInfo& info) {
  const int type = ProgramType(StringArgument(info, 0));
  const LogCapture capture;
  return ProbeAnswer(info.Env(),
                     type < 0 ? -EINVAL : libbpf_probe_bpf_prog_type(static_cast<bpf_prog_type>(type), nullptr));
}

// (type name)
Napi::Value ProbeMapType(const Napi::CallbackInfo& info) {
  const int type = MapType(StringArgument(info, 0));
  const LogCapture capture;
  return ProbeAnswer(info.Env(),
                     type < 0 ? -EINVAL : libbpf_probe_bpf_map_type(static_cast<bpf_map_type>(type), nullptr));
}

// (program type name, helper number)
Napi::Value ProbeHelper(const Napi::CallbackInfo& info) {
  const int type = ProgramType(StringArgument(info, 0));
  const auto helper = static_cast<bpf_func_id>(IntegerArgument<int32_t>(info, 1));
  const LogCapture capture;
  return ProbeAnswer(info.Env(),
                     type < 0 ? -EINVAL : libbpf_probe_bpf_helper(static_cast<bpf_prog_type>(type), helper, nullptr));
}

// Positive file descriptor of the next program, or a negative errno; -ENOENT after the last. Goes on when a program is
// freed in between.
int NextProgram(uint32_t* id) {
  int fd;
  do {
    const int error = bpf_prog_get_next_id(*id, id);
    if (error != 0) return error;
    fd = bpf_prog_get_fd_by_id(*id);
  } while (fd == -ENOENT);
  return fd;
}

// Bytes of machine code of all programs in this kernel. Needs CAP_SYS_ADMIN.
Napi::Value JitedBytes(const Napi::CallbackInfo& info) {
  double bytes = 0;
  uint32_t id = 0;
  int fd;
  while ((fd = NextProgram(&id)) >= 0) {
    bpf_prog_info program = {};
    uint32_t length = sizeof(program);
    if (bpf_obj_get_info_by_fd(fd, &program, &length) == 0) bytes += program.jited_prog_len;
    close(fd);
  }
  if (fd != -ENOENT) ThrowBpfError(info.Env(), {.error = -fd, .operation = "info"});
  return Napi::Number::New(info.Env(), bytes);
}

Napi::Value LibbpfVersion(const Napi::CallbackInfo& info) {
  return Napi::String::New(info.Env(), libbpf_version_string() + 1);
}

Napi::Value PossibleCpus(const Napi::CallbackInfo& info) {
  const int cpus = libbpf_num_possible_cpus();
  if (cpus < 0) ThrowBpfError(info.Env(), {.error = -cpus, .operation = "info"});
  return Napi::Number::New(info.Env(), cpus);
}

}  // namespace

void DefineKernelInfo(Napi::Env env, Napi::Object exports) {
  exports["probeProgramType"] = Napi::Function::New<ProbeProgramType>(env);
  exports["probeMapType"] = Napi::Function::New<ProbeMapType>(env);
  exports["probeHelper"] = Napi::Function::New<ProbeHelper>(env);
  exports["jitedBytes"] = Napi::Function::New<JitedBytes>(env);
  exports["libbpfVersion"] = Napi::Function::New<LibbpfVersion>(env);
  exports["possibleCpus"] = Napi::Function::New<PossibleCpus>(env);
}

}  // namespace bpf
