#include "poll_watch.h"

namespace bpf {

int PollWatch::Start(Napi::Env env, int fd, std::function<void()> on_ready, PollWatch** slot) {
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return UV_EINVAL;
  auto* watch = new PollWatch(std::move(on_ready), slot);
  const int error = uv_poll_init(loop, &watch->poll_, fd);
  if (error != 0) {
    delete watch;
    return error;
  }
  *slot = watch;
  watch->poll_.data = watch;
  uv_unref(reinterpret_cast<uv_handle_t*>(&watch->poll_));
  const auto end = [](napi_async_cleanup_hook_handle, void* self) { static_cast<PollWatch*>(self)->Close(); };
  napi_add_async_cleanup_hook(env, end, watch, &watch->hook_);
  return uv_poll_start(&watch->poll_, UV_READABLE,
                       [](uv_poll_t* poll, int, int) { static_cast<PollWatch*>(poll->data)->on_ready_(); });
}

void PollWatch::Close() {
  if (slot_ == nullptr) return;
  *slot_ = nullptr;
  slot_ = nullptr;
  uv_poll_stop(&poll_);
  uv_close(reinterpret_cast<uv_handle_t*>(&poll_), [](uv_handle_t* handle) {
    auto* self = static_cast<PollWatch*>(handle->data);
    napi_remove_async_cleanup_hook(self->hook_);
    delete self;
  });
}

}  // namespace bpf
