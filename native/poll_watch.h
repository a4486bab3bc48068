#pragma once

#include <napi.h>
#include <uv.h>

#include <functional>

namespace bpf {

// Watches one file descriptor on the environment's event loop without keeping the process alive. Lives until its handle
// is closed by the loop, so its owner only holds a pointer, which is set to null when the watch ends: by Close(), or by
// the end of the environment.
class PollWatch {
 public:
  // Sets `*slot`. Returns 0 or a negative errno of libuv. `on_ready` runs on the loop, outside of any JavaScript.
  static int Start(Napi::Env env, int fd, std::function<void()> on_ready, PollWatch** slot);

  // No callback afterwards. The file descriptor may be closed right after.
  void Close();

 private:
  PollWatch(std::function<void()> on_ready, PollWatch** slot) : on_ready_(std::move(on_ready)), slot_(slot) {}

  uv_poll_t poll_ = {};
  napi_async_cleanup_hook_handle hook_ = nullptr;
  const std::function<void()> on_ready_;
  PollWatch** slot_;
};

}  // namespace bpf
