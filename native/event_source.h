#pragma once

#include <napi.h>

#include <initializer_list>
#include <memory>

namespace bpf {

// Where records come from: a ring buffer or a perf buffer of libbpf, with the JavaScript functions that get them.
class EventSource {
 public:
  virtual ~EventSource() = default;
  virtual int epoll_fd() const = 0;
  // Calls the functions for what is there, `limit` records at most where libbpf can stop in between. Returns the number
  // of records or a negative errno.
  virtual int Consume(int limit) = 0;
  // From within a callback: no more calls, Consume() returns soon.
  void Stop() { stopped_ = true; }

 protected:
  bool stopped_ = false;
};

// Null with `*error` set when libbpf refuses.
std::unique_ptr<EventSource> OpenRingBuffer(int map_fd, Napi::Function on_record, int* error);
std::unique_ptr<EventSource> OpenPerfBuffer(int map_fd, uint32_t pages, Napi::Function on_event, Napi::Function on_lost,
                                            int* error);

// Calls a JavaScript function with records. A record is copied into memory that JavaScript may keep (it then holds a
// later record, never freed memory). An exception becomes an 'uncaughtException', as in any callback of Node.
class RecordCallback {
 public:
  explicit RecordCallback(Napi::Function function) : function_(Napi::Persistent(function)) {}

  void Call(const void* record, size_t size);
  void Call(const void* record, size_t size, double cpu);
  void Call(double count, double cpu);

 private:
  Napi::Uint8Array Copy(const void* record, size_t size);
  void CallWith(std::initializer_list<napi_value> arguments);

  Napi::FunctionReference function_;
  // Of the last record's size: most are alike.
  Napi::Reference<Napi::Uint8Array> view_;
};

}  // namespace bpf
