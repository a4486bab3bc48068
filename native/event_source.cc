#include "event_source.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include <algorithm>

namespace bpf {
namespace {

struct RingDeleter {
  void operator()(ring_buffer* buffer) const { ring_buffer__free(buffer); }
};
struct PerfDeleter {
  void operator()(perf_buffer* buffer) const { perf_buffer__free(buffer); }
};

class RingBufferSource : public EventSource {
 public:
  explicit RingBufferSource(Napi::Function on_record) : on_record_(on_record) {}

  int Open(int map_fd) {
    buffer_.reset(ring_buffer__new(map_fd, OnSample, this, nullptr));
    return buffer_ == nullptr ? errno : 0;
  }
  int epoll_fd() const override { return ring_buffer__epoll_fd(buffer_.get()); }
  int Consume(int limit) override {
    left_ = limit;
    const int result = ring_buffer__consume(buffer_.get());
    return result < 0 && result != -ECANCELED ? result : limit - left_;
  }

 private:
  // A negative answer ends ring_buffer__consume() with this record counted as consumed.
  static int OnSample(void* context, void* record, size_t size) {
    auto* self = static_cast<RingBufferSource*>(context);
    if (self->stopped_) return -ECANCELED;
    self->on_record_.Call(record, size);
    return --self->left_ > 0 && !self->stopped_ ? 0 : -ECANCELED;
  }

  RecordCallback on_record_;
  std::unique_ptr<ring_buffer, RingDeleter> buffer_;
  int left_ = 0;
};

class PerfBufferSource : public EventSource {
 public:
  PerfBufferSource(Napi::Function on_event, Napi::Function on_lost) : on_event_(on_event), on_lost_(on_lost) {}

  int Open(int map_fd, uint32_t pages) {
    buffer_.reset(perf_buffer__new(map_fd, pages, OnSample, OnLost, this, nullptr));
    return buffer_ == nullptr ? errno : 0;
  }
  int epoll_fd() const override { return perf_buffer__epoll_fd(buffer_.get()); }
  // Bounded by the buffers' size: what comes in between waits for the next call.
  int Consume(int) override {
    events_ = 0;
    const int error = perf_buffer__consume(buffer_.get());
    return error < 0 ? error : events_;
  }

 private:
  static void OnSample(void* context, int cpu, void* event, uint32_t size) {
    auto* self = static_cast<PerfBufferSource*>(context);
    if (self->stopped_) return;
    self->events_++;
    self->on_event_.Call(event, size, cpu);
  }
  static void OnLost(void* context, int cpu, __u64 count) {
    auto* self = static_cast<PerfBufferSource*>(context);
    if (!self->stopped_) self->on_lost_.Call(static_cast<double>(count), cpu);
  }

  RecordCallback on_event_;
  RecordCallback on_lost_;
  std::unique_ptr<perf_buffer, PerfDeleter> buffer_;
  int events_ = 0;
};

}  // namespace

std::unique_ptr<EventSource> OpenRingBuffer(int map_fd, Napi::Function on_record, int* error) {
  auto source = std::make_unique<RingBufferSource>(on_record);
  *error = source->Open(map_fd);
  if (*error != 0) return nullptr;
  return source;
}

std::unique_ptr<EventSource> OpenPerfBuffer(int map_fd, uint32_t pages, Napi::Function on_event, Napi::Function on_lost,
                                            int* error) {
  auto source = std::make_unique<PerfBufferSource>(on_event, on_lost);
  *error = source->Open(map_fd, pages);
  if (*error != 0) return nullptr;
  return source;
}

void RecordCallback::Call(const void* record, size_t size) {
  const Napi::HandleScope scope(function_.Env());
  CallWith({Copy(record, size)});
}

void RecordCallback::Call(const void* record, size_t size, double cpu) {
  const Napi::HandleScope scope(function_.Env());
  CallWith({Copy(record, size), Napi::Number::New(function_.Env(), cpu)});
}

void RecordCallback::Call(double count, double cpu) {
  const Napi::HandleScope scope(function_.Env());
  CallWith({Napi::Number::New(function_.Env(), count), Napi::Number::New(function_.Env(), cpu)});
}

Napi::Uint8Array RecordCallback::Copy(const void* record, size_t size) {
  const bool alike = !view_.IsEmpty() && view_.Value().ByteLength() == size;
  if (!alike) view_ = Napi::Persistent(Napi::Uint8Array::New(function_.Env(), size));
  auto view = view_.Value();
  if (size > 0) memcpy(view.Data(), record, size);
  return view;
}

void RecordCallback::CallWith(std::initializer_list<napi_value> arguments) {
  try {
    function_.Call(arguments);
  } catch (const Napi::Error& error) {
    napi_fatal_exception(function_.Env(), error.Value());
  }
}

}  // namespace bpf
