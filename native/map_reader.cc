#include "map_reader.h"

#include <errno.h>
#include <string.h>

#include <algorithm>

#include "addon_data.h"
#include "bpf_error.h"

namespace bpf {
namespace {

// An idle map costs little: growth is by doubling.
constexpr uint32_t kFirstRows = 64;
constexpr size_t kFirstChunkBytes = 64 * 1024;
constexpr size_t kMaxChunkBytes = 4 * 1024 * 1024;
// A key may be seen twice while others come and go; more than this is no map any more.
constexpr uint64_t kMaxRowsPerEntry = 4;

uint64_t LoadUnsigned(const uint8_t* bytes, uint32_t size) {
  if (size == sizeof(uint32_t)) {
    uint32_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
  }
  uint64_t value;
  memcpy(&value, bytes, sizeof(value));
  return value;
}

const MapReaderInit& Init(const Napi::CallbackInfo& info) {
  if (!info[0].IsExternal()) throw Napi::TypeError::New(info.Env(), "made by BpfObject.reader() only");
  return *info[0].As<Napi::External<MapReaderInit>>().Data();
}

}  // namespace

MapReader::MapReader(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<MapReader>(info),
      handle_(Init(info).handle),
      shape_(Init(info).shape),
      map_(Init(info).map),
      each_cpu_(Init(info).each_cpu),
      cpus_(shape_.cpus()),
      field_bytes_(shape_.value_size % sizeof(uint64_t) == 0 ? sizeof(uint64_t) : sizeof(uint32_t)),
      fields_(shape_.value_size / field_bytes_),
      row_key_size_(shape_.key_size + (each_cpu_ ? sizeof(uint16_t) : 0)),
      batches_(Init(info).batch) {
  const size_t row_bytes = shape_.key_size + shape_.value_bytes();
  chunk_rows_ = static_cast<uint32_t>(std::max<size_t>(1, kFirstChunkBytes / row_bytes));
  // One more than an array has: then the kernel says in the same call that there is no more.
  Reserve(info.Env(), std::min(kFirstRows, std::max(shape_.max_entries, 1u) + 1));
}

Napi::Value MapReader::Read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  if (handle_->get() == nullptr) Fail(env, EBADF, "the object is closed");
  rows_ = 0;
  ReplaceDetached(env);
  if (batches_) batches_ = shape_.per_cpu() ? ReadCpuBatches(env) : ReadBatches(env);
  if (!batches_) ReadEntries(env);
  if (!shape_.per_cpu()) Convert();
  return Napi::Number::New(env, rows_);
}

bool MapReader::ReadBatches(Napi::Env env) {
  BatchCursor cursor(shape_);
  for (Step step = Step::kMore; step != Step::kEnd;) {
    if (step == Step::kFull || rows_ == capacity_) Reserve(env, uint64_t{capacity_} + 1);
    uint32_t got = 0;
    step = cursor.Next(KeyRow(), RawRow(), capacity_ - rows_, &got);
    rows_ += got;
    if (step == Step::kUnsupported) return false;
    if (step == Step::kFailed) Fail(env, cursor.error());
  }
  return true;
}

bool MapReader::ReadCpuBatches(Napi::Env env) {
  auto& scratch = env.GetInstanceData<AddonData>()->scratch;
  const size_t row_bytes = shape_.key_size + shape_.value_bytes();
  BatchCursor cursor(shape_);
  for (Step step = Step::kMore; step != Step::kEnd;) {
    // Values first: they are aligned then.
    scratch.resize(std::max(scratch.size(), chunk_rows_ * row_bytes));
    uint8_t* keys = scratch.data() + chunk_rows_ * shape_.value_bytes();
    uint32_t got = 0;
    step = cursor.Next(keys, scratch.data(), chunk_rows_, &got);
    if (step == Step::kUnsupported) return false;
    if (step == Step::kFailed) Fail(env, cursor.error());
    Emit(env, keys, scratch.data(), got);
    const bool worth_more = step == Step::kMore && chunk_rows_ * row_bytes < kMaxChunkBytes / 2;
    if (step == Step::kFull || worth_more) chunk_rows_ *= 2;
  }
  return true;
}

void MapReader::ReadEntries(Napi::Env env) {
  auto& scratch = env.GetInstanceData<AddonData>()->scratch;
  scratch.resize(std::max(scratch.size(), shape_.key_size + shape_.value_bytes()));
  uint8_t* key = scratch.data() + shape_.value_bytes();
  EntryCursor cursor(shape_);
  Step step;
  while ((step = cursor.Next(key, scratch.data())) == Step::kMore) Emit(env, key, scratch.data(), 1);
  if (step == Step::kFailed) Fail(env, cursor.error());
}

void MapReader::Emit(Napi::Env env, const uint8_t* keys, const uint8_t* values, uint32_t count) {
  const size_t value_bytes = shape_.value_bytes();
  Reserve(env, rows_ + uint64_t{count} * (each_cpu_ ? cpus_ : 1));
  for (uint32_t i = 0; i < count; i++, keys += shape_.key_size, values += value_bytes) {
    if (each_cpu_) {
      EmitEach(keys, values);
    } else {
      EmitRow(keys, values);
    }
  }
}

void MapReader::EmitRow(const uint8_t* key, const uint8_t* value) {
  memcpy(KeyRow(), key, shape_.key_size);
  if (!shape_.per_cpu()) {
    memcpy(RawRow(), value, shape_.value_size);
    rows_++;
    return;
  }
  for (uint32_t field = 0; field < fields_; field++) {
    uint64_t sum = 0;
    for (uint32_t cpu = 0; cpu < cpus_; cpu++) {
      sum += LoadUnsigned(value + cpu * shape_.cpu_stride() + field * field_bytes_, field_bytes_);
    }
    doubles_[size_t{rows_} * fields_ + field] = static_cast<double>(sum);
  }
  rows_++;
}

void MapReader::EmitEach(const uint8_t* key, const uint8_t* value) {
  for (uint32_t cpu = 0; cpu < cpus_; cpu++, value += shape_.cpu_stride(), rows_++) {
    const auto number = static_cast<uint16_t>(cpu);
    memcpy(KeyRow(), key, shape_.key_size);
    memcpy(KeyRow() + shape_.key_size, &number, sizeof(number));
    for (uint32_t field = 0; field < fields_; field++) {
      const uint64_t number_of_field = LoadUnsigned(value + field * field_bytes_, field_bytes_);
      doubles_[size_t{rows_} * fields_ + field] = static_cast<double>(number_of_field);
    }
  }
}

void MapReader::Convert() {
  const auto* raw = reinterpret_cast<const uint8_t*>(doubles_);
  // From the end, since a u32 grows into a double.
  for (size_t i = size_t{rows_} * fields_; i-- > 0;) {
    doubles_[i] = static_cast<double>(LoadUnsigned(raw + i * field_bytes_, field_bytes_));
  }
}

void MapReader::Reserve(Napi::Env env, uint64_t rows) {
  if (rows <= capacity_) return;
  const uint64_t most = (uint64_t{shape_.max_entries} + kFirstRows) * kMaxRowsPerEntry * (each_cpu_ ? cpus_ : 1);
  if (rows > most || rows > UINT32_MAX) Fail(env, ENOSPC, "more rows than the map can hold");
  const uint64_t capacity = std::min<uint64_t>({std::max(rows, uint64_t{capacity_} * 2), most, UINT32_MAX});
  auto keys = Napi::Uint8Array::New(env, capacity * row_key_size_);
  auto values = Napi::Float64Array::New(env, capacity * fields_);
  if (rows_ > 0) {
    memcpy(keys.Data(), key_bytes_, size_t{rows_} * row_key_size_);
    memcpy(values.Data(), doubles_, size_t{rows_} * fields_ * sizeof(double));
  }
  keys_ = Napi::Persistent(keys);
  values_ = Napi::Persistent(values);
  key_bytes_ = keys.Data();
  doubles_ = values.Data();
  capacity_ = static_cast<uint32_t>(capacity);
}

void MapReader::ReplaceDetached(Napi::Env env) {
  const bool whole = keys_.Value().ByteLength() == size_t{capacity_} * row_key_size_ &&
                     values_.Value().ByteLength() == size_t{capacity_} * fields_ * sizeof(double);
  if (whole) return;
  const uint32_t capacity = capacity_;
  capacity_ = 0;
  Reserve(env, capacity);
}

void MapReader::Fail(Napi::Env env, int error, std::string detail) const {
  ThrowBpfError(env, {.error = error, .operation = "read", .object = handle_->file(), .map = map_, .detail = detail});
}

Napi::Function MapReader::Define(Napi::Env env) {
  return DefineClass(env, "MapReader",
                     {
                         InstanceMethod<&MapReader::Read>("read"),
                         InstanceAccessor<&MapReader::Keys>("keys"),
                         InstanceAccessor<&MapReader::Values>("values"),
                         InstanceAccessor<&MapReader::KeySize>("keySize"),
                         InstanceAccessor<&MapReader::Fields>("fields"),
                     });
}

}  // namespace bpf
