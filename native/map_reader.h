#pragma once

#include <napi.h>

#include <memory>
#include <string>

#include "map_cursor.h"
#include "map_shape.h"
#include "object_handle.h"

namespace bpf {

struct MapReaderInit {
  std::shared_ptr<ObjectHandle> handle;
  MapShape shape;
  std::string map;
  // A row per possible CPU instead of the sum, the u16 CPU number after the key.
  bool each_cpu;
  // Whether to try BPF_MAP_LOOKUP_BATCH.
  bool batch;
};

// Reads a whole map into two arrays that JavaScript sees: `keys` and `values`. They belong to this reader, are
// overwritten by its next read() and replaced by larger ones when a map does not fit.
class MapReader : public Napi::ObjectWrap<MapReader> {
 public:
  static Napi::Function Define(Napi::Env env);

  // (External<MapReaderInit>, valid during the call)
  explicit MapReader(const Napi::CallbackInfo& info);

 private:
  Napi::Value Read(const Napi::CallbackInfo& info);
  Napi::Value Keys(const Napi::CallbackInfo&) { return keys_.Value(); }
  Napi::Value Values(const Napi::CallbackInfo&) { return values_.Value(); }
  Napi::Value KeySize(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), row_key_size_); }
  Napi::Value Fields(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), fields_); }

  // Each answers false when the map has no batch lookup; nothing was read then.
  bool ReadBatches(Napi::Env env);
  bool ReadCpuBatches(Napi::Env env);
  void ReadEntries(Napi::Env env);
  // Turns the raw u64 or u32 values of a map that is not per CPU into doubles, in place.
  void Convert();
  // Adds rows of a per-CPU map from a chunk.
  void Emit(Napi::Env env, const uint8_t* keys, const uint8_t* values, uint32_t count);
  void EmitRow(const uint8_t* key, const uint8_t* value);
  void EmitEach(const uint8_t* key, const uint8_t* value);
  void Reserve(Napi::Env env, uint64_t rows);
  // JavaScript may have detached the arrays (transfer to a worker): then there are new ones.
  void ReplaceDetached(Napi::Env env);
  [[noreturn]] void Fail(Napi::Env env, int error, std::string detail = {}) const;

  uint8_t* KeyRow() { return key_bytes_ + size_t{rows_} * row_key_size_; }
  // Raw values lie packed until Convert().
  uint8_t* RawRow() { return reinterpret_cast<uint8_t*>(doubles_) + size_t{rows_} * shape_.value_size; }

  const std::shared_ptr<ObjectHandle> handle_;
  const MapShape shape_;
  const std::string map_;
  const bool each_cpu_;
  const uint32_t cpus_;
  const uint32_t field_bytes_;
  const uint32_t fields_;
  const uint32_t row_key_size_;

  Napi::Reference<Napi::Uint8Array> keys_;
  Napi::Reference<Napi::Float64Array> values_;
  uint8_t* key_bytes_ = nullptr;
  double* doubles_ = nullptr;
  uint32_t capacity_ = 0;
  uint32_t rows_ = 0;
  uint32_t chunk_rows_ = 0;
  bool batches_;
};

}  // namespace bpf
