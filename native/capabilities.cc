#include "capabilities.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <thread>

#include "arguments.h"

namespace bpf {
namespace {

// glibc's own signal to reach every thread (setuid(2) is per thread too). It is the one that threads which block all
// signals do not block, as Node's SignalInspector: pthread_sigmask(3) leaves it out.
constexpr int kReachAllThreads = 33;
constexpr auto kDeadline = std::chrono::seconds(5);

// The kernel's struct sigaction, which glibc's differs from.
struct KernelAction {
  void (*handler)(int);
  unsigned long flags;
  void (*restorer)();
  uint64_t mask;
};

// What the handler keeps; set before the first signal is sent.
uint64_t kept = 0;

int SetAction(int signal, const KernelAction* action, KernelAction* old) {
  return static_cast<int>(syscall(SYS_rt_sigaction, signal, action, old, sizeof(action->mask)));
}

// Of the calling thread. Async-signal-safe. The bounding set needs CAP_SETPCAP, which a process without it goes
// without.
void KeepInThisThread() {
  for (int capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++) {
    if ((kept >> capability & 1) == 0) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
  }
  __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct sets[2] = {};
  sets[0].permitted = sets[0].effective = static_cast<uint32_t>(kept);
  sets[1].permitted = sets[1].effective = static_cast<uint32_t>(kept >> 32);
  syscall(SYS_capset, &header, sets);
}

void OnSignal(int) {
  const int error = errno;
  KeepInThisThread();
  errno = error;
}

// The permitted set as the kernel tells it; 0 for a thread that has ended. A thread never has more effective than
// permitted.
uint64_t PermittedOf(const std::filesystem::path& task) {
  std::ifstream status(task / "status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("CapPrm:")) return std::stoull(line.substr(7), nullptr, 16);
  }
  return 0;
}

std::set<pid_t> ThreadsWithMore() {
  std::set<pid_t> found;
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    if ((PermittedOf(task.path()) & ~kept) != 0) found.insert(std::stoi(task.path().filename().string()));
  }
  return found;
}

// A thread that was started meanwhile has what its parent had then, hence the repetition until none has more. Each gets
// one signal only: a second one could be left over when glibc's handler is back, which must not see it.
std::set<pid_t> SignalThreads() {
  const auto deadline = std::chrono::steady_clock::now() + kDeadline;
  std::set<pid_t> asked;
  std::set<pid_t> left = ThreadsWithMore();
  while (!left.empty() && std::chrono::steady_clock::now() < deadline) {
    for (const pid_t thread : left) {
      if (asked.insert(thread).second) syscall(SYS_tgkill, getpid(), thread, kReachAllThreads);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    left = ThreadsWithMore();
  }
  return left;
}

// What a handler needs to return with is glibc's secret: taken from a handler that glibc installs for an unused signal.
KernelAction MakeAction() {
  struct sigaction wanted = {};
  struct sigaction before = {};
  wanted.sa_handler = OnSignal;
  wanted.sa_flags = SA_RESTART;
  sigfillset(&wanted.sa_mask);
  KernelAction made = {};
  sigaction(SIGRTMAX, &wanted, &before);
  SetAction(SIGRTMAX, nullptr, &made);
  sigaction(SIGRTMAX, &before, nullptr);
  return made;
}

}  // namespace

Napi::Value KeepCapabilities(const Napi::CallbackInfo& info) {
  kept = Uint64Argument(info, 0);
  const KernelAction action = MakeAction();
  KernelAction before = {};
  if (SetAction(kReachAllThreads, &action, &before) != 0) {
    throw Napi::Error::New(info.Env(), std::string("rt_sigaction: ") + strerror(errno));
  }
  std::set<pid_t> left;
  try {
    left = SignalThreads();
  } catch (const std::exception& error) {
    throw Napi::Error::New(info.Env(), error.what());
  }
  // A signal may still be on its way to it, so the handler stays.
  if (!left.empty()) throw Napi::Error::New(info.Env(), "thread " + std::to_string(*left.begin()) + " keeps more");
  SetAction(kReachAllThreads, &before, nullptr);
  return info.Env().Undefined();
}

Napi::Value KeepOpen(const Napi::CallbackInfo& info) {
  return Napi::Boolean::New(info.Env(), fcntl(IntegerArgument<int>(info, 0), F_SETFD, 0) == 0);
}

}  // namespace bpf
