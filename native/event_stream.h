#pragma once

#include <napi.h>

#include <memory>

#include "event_source.h"
#include "object_handle.h"
#include "poll_watch.h"

namespace bpf {

// An open ring or perf buffer: calls its functions when the kernel wakes the event loop. Open until close(), the close
// of its object or the end of the environment.
class EventStream : public Napi::ObjectWrap<EventStream>, public Closable {
 public:
  static Napi::Function Define(Napi::Env env);
  static Napi::Value Open(Napi::Env env, std::shared_ptr<ObjectHandle> handle, std::unique_ptr<EventSource> source);

  // By Open() only.
  explicit EventStream(const Napi::CallbackInfo& info);
  ~EventStream() override;

  // Twice is fine; from within a callback too, the buffer is freed after it then.
  void Close() override;

 private:
  struct Init {
    std::shared_ptr<ObjectHandle> handle;
    std::unique_ptr<EventSource> source;
  };

  Napi::Value CloseMethod(const Napi::CallbackInfo& info);
  Napi::Value Closed(const Napi::CallbackInfo& info) { return Napi::Boolean::New(info.Env(), closed_); }
  Napi::Value Consume(const Napi::CallbackInfo& info);
  void OnReady();
  int Drain(int limit);

  std::shared_ptr<ObjectHandle> handle_;
  std::unique_ptr<EventSource> source_;
  PollWatch* watch_ = nullptr;
  Napi::AsyncContext context_;
  bool closed_ = false;
  bool draining_ = false;
};

}  // namespace bpf
