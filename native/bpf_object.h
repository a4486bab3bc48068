#pragma once

#include <bpf/libbpf.h>
#include <napi.h>

#include <memory>
#include <string>

#include "bpf_error.h"
#include "object_handle.h"

namespace bpf {

// One BPF object file, from open to close. The JavaScript side (bpf-object.ts) checks and defaults the arguments; what
// could corrupt memory is checked here again. Methods that need a loaded or an open object throw BpfError without one.
class BpfObject : public Napi::ObjectWrap<BpfObject> {
 public:
  static Napi::Function Define(Napi::Env env);

  // (file, btfPath?)
  explicit BpfObject(const Napi::CallbackInfo& info);

 private:
  // bpf_object.cc
  Napi::Value License(const Napi::CallbackInfo& info);
  Napi::Value Programs(const Napi::CallbackInfo& info);
  Napi::Value SetAutoload(const Napi::CallbackInfo& info);
  Napi::Value Load(const Napi::CallbackInfo& info);
  Napi::Value RuntimeInfo(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  // bpf_constants.cc
  Napi::Value Constants(const Napi::CallbackInfo& info);
  Napi::Value SetConstant(const Napi::CallbackInfo& info);

  // bpf_attach.cc
  Napi::Value Attach(const Napi::CallbackInfo& info);
  Napi::Value AttachPerfEvent(const Napi::CallbackInfo& info);
  Napi::Value AttachUprobe(const Napi::CallbackInfo& info);
  Napi::Value AttachUsdt(const Napi::CallbackInfo& info);
  Napi::Value AttachXdp(const Napi::CallbackInfo& info);
  Napi::Value AttachTracepoint(const Napi::CallbackInfo& info);
  Napi::Value AttachRawTracepoint(const Napi::CallbackInfo& info);
  Napi::Value AttachKprobe(const Napi::CallbackInfo& info);
  Napi::Value Detach(const Napi::CallbackInfo& info);
  Napi::Value Attached(const Napi::CallbackInfo& info);

  // bpf_map.cc
  Napi::Value Maps(const Napi::CallbackInfo& info);
  Napi::Value SetMaxEntries(const Napi::CallbackInfo& info);
  Napi::Value MapFd(const Napi::CallbackInfo& info);
  Napi::Value Lookup(const Napi::CallbackInfo& info);
  Napi::Value Update(const Napi::CallbackInfo& info);
  Napi::Value Delete(const Napi::CallbackInfo& info);
  Napi::Value Fill(const Napi::CallbackInfo& info);
  Napi::Value Reader(const Napi::CallbackInfo& info);
  Napi::Value RingBuffer(const Napi::CallbackInfo& info);
  Napi::Value PerfBuffer(const Napi::CallbackInfo& info);

  Failure Fail(const char* operation, int error) const;
  [[noreturn]] void Throw(Napi::Env env, Failure failure) const { ThrowBpfError(env, failure); }
  // Throws EBADF after close().
  bpf_object* Opened(Napi::Env env, const char* operation) const;
  // As above; EINVAL once loaded, for what only counts before load().
  bpf_object* NotLoaded(Napi::Env env, const char* operation) const;
  // Throw ENOENT for an unknown name.
  bpf_program* Program(const Napi::CallbackInfo& info, const char* operation) const;
  bpf_map* Map(const Napi::CallbackInfo& info, const char* operation) const;
  // As above; EINVAL before load().
  bpf_map* LoadedMap(const Napi::CallbackInfo& info, const char* operation) const;
  [[noreturn]] void FailMap(Napi::Env env, const char* operation, const bpf_map* map, int error,
                            std::string detail) const;
  // A Uint8Array of exactly `size` bytes; EINVAL says how many `what` has.
  Napi::Uint8Array Bytes(const Napi::CallbackInfo& info, size_t index, const char* operation, const bpf_map* map,
                         const char* what, size_t size) const;
  // Keeps the link, or throws with the log of `capture`. libbpf owns nothing of it.
  void Keep(Napi::Env env, const bpf_program* program, bpf_link* link, const LogCapture& capture);

  std::shared_ptr<ObjectHandle> handle_;
  std::string license_;
  bool loaded_ = false;
};

}  // namespace bpf
