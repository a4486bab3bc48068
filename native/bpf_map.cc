#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>

#include <vector>

#include "addon_data.h"
#include "arguments.h"
#include "bpf_object.h"
#include "btf_layout.h"
#include "event_stream.h"
#include "map_reader.h"
#include "map_shape.h"

namespace bpf {
namespace {

Napi::Object MapInfo(Napi::Env env, const bpf_object* object, const bpf_map* map) {
  const char* type = libbpf_bpf_map_type_str(bpf_map__type(map));
  const btf* btf = bpf_object__btf(object);
  auto info = Napi::Object::New(env);
  info["name"] = bpf_map__name(map);
  info["type"] = type == nullptr ? "unknown" : type;
  info["keySize"] = bpf_map__key_size(map);
  info["valueSize"] = bpf_map__value_size(map);
  info["maxEntries"] = bpf_map__max_entries(map);
  info["flags"] = bpf_map__map_flags(map);
  info["key"] = LayoutOf(env, btf, bpf_map__btf_key_type_id(map));
  info["value"] = LayoutOf(env, btf, bpf_map__btf_value_type_id(map));
  return info;
}

// Returns a positive errno or 0; `done` counts the entries that are in the map. Maps and kernels without a batch update
// take the entries one by one.
int UpdateMany(const MapShape& map, const uint8_t* keys, const uint8_t* values, uint32_t count, uint32_t* done) {
  *done = count;
  const int error = -bpf_map_update_batch(map.fd, keys, values, done, nullptr);
  if (!IsBatchUnsupported(error)) return error;
  for (*done = 0; *done < count; ++*done) {
    const uint8_t* key = keys + size_t{*done} * map.key_size;
    const int one = -bpf_map_update_elem(map.fd, key, values + *done * map.value_bytes(), BPF_ANY);
    if (one != 0) return one;
  }
  return 0;
}

}  // namespace

bpf_map* BpfObject::Map(const Napi::CallbackInfo& info, const char* operation) const {
  bpf_object* object = Opened(info.Env(), operation);
  const std::string name = StringArgument(info, 0);
  bpf_map* map = bpf_object__find_map_by_name(object, name.c_str());
  if (map != nullptr) return map;
  Failure failure = Fail(operation, ENOENT);
  failure.map = name;
  failure.detail = "no such map in the object";
  Throw(info.Env(), failure);
}

bpf_map* BpfObject::LoadedMap(const Napi::CallbackInfo& info, const char* operation) const {
  bpf_map* map = Map(info, operation);
  if (bpf_map__fd(map) >= 0) return map;
  FailMap(info.Env(), operation, map, EINVAL, "the map is not loaded");
}

void BpfObject::FailMap(Napi::Env env, const char* operation, const bpf_map* map, int error, std::string detail) const {
  Failure failure = Fail(operation, error);
  failure.map = bpf_map__name(map);
  failure.detail = std::move(detail);
  Throw(env, failure);
}

Napi::Uint8Array BpfObject::Bytes(const Napi::CallbackInfo& info, size_t index, const char* operation,
                                  const bpf_map* map, const char* what, size_t size) const {
  const auto bytes = BytesArgument(info, index);
  if (bytes.ByteLength() == size) return bytes;
  FailMap(info.Env(), operation, map, EINVAL,
          std::string(what) + " of " + std::to_string(bytes.ByteLength()) + " bytes, expected " + std::to_string(size));
}

Napi::Value BpfObject::Maps(const Napi::CallbackInfo& info) {
  bpf_object* object = Opened(info.Env(), "open");
  auto maps = Napi::Array::New(info.Env());
  bpf_map* map = nullptr;
  while ((map = bpf_object__next_map(object, map)) != nullptr) {
    if (!bpf_map__is_internal(map)) maps[maps.Length()] = MapInfo(info.Env(), object, map);
  }
  return maps;
}

// (map, entries)
Napi::Value BpfObject::SetMaxEntries(const Napi::CallbackInfo& info) {
  NotLoaded(info.Env(), "set_max_entries");
  bpf_map* map = Map(info, "set_max_entries");
  const int error = -bpf_map__set_max_entries(map, IntegerArgument<uint32_t>(info, 1));
  if (error != 0) FailMap(info.Env(), "set_max_entries", map, error, "");
  return info.Env().Undefined();
}

// (map)
Napi::Value BpfObject::MapFd(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), bpf_map__fd(LoadedMap(info, "read")));
}

// (map, key)
Napi::Value BpfObject::Lookup(const Napi::CallbackInfo& info) {
  const bpf_map* map = LoadedMap(info, "lookup");
  const MapShape shape(map);
  const auto key = Bytes(info, 1, "lookup", map, "key", shape.key_size);
  auto value = Napi::Uint8Array::New(info.Env(), shape.value_bytes());
  const int error = -bpf_map_lookup_elem(shape.fd, key.Data(), value.Data());
  if (error == ENOENT) return info.Env().Undefined();
  if (error != 0) FailMap(info.Env(), "lookup", map, error, "");
  return value;
}

// (map, key, value)
Napi::Value BpfObject::Update(const Napi::CallbackInfo& info) {
  const bpf_map* map = LoadedMap(info, "update");
  const MapShape shape(map);
  const auto key = Bytes(info, 1, "update", map, "key", shape.key_size);
  const auto value = Bytes(info, 2, "update", map, "value", shape.value_bytes());
  const int error = -bpf_map_update_elem(shape.fd, key.Data(), value.Data(), BPF_ANY);
  if (error != 0) FailMap(info.Env(), "update", map, error, "");
  return info.Env().Undefined();
}

// (map, key): whether there was such a key
Napi::Value BpfObject::Delete(const Napi::CallbackInfo& info) {
  const bpf_map* map = LoadedMap(info, "delete");
  const MapShape shape(map);
  const auto key = Bytes(info, 1, "delete", map, "key", shape.key_size);
  const int error = -bpf_map_delete_elem(shape.fd, key.Data());
  if (error != 0 && error != ENOENT) FailMap(info.Env(), "delete", map, error, "");
  return Napi::Boolean::New(info.Env(), error == 0);
}

// (map, keys, values), back to back
Napi::Value BpfObject::Fill(const Napi::CallbackInfo& info) {
  const bpf_map* map = LoadedMap(info, "update");
  const MapShape shape(map);
  const auto keys = BytesArgument(info, 1);
  const size_t count = shape.key_size == 0 ? 0 : keys.ByteLength() / shape.key_size;
  Bytes(info, 1, "update", map, "keys", count * shape.key_size);
  const auto values = Bytes(info, 2, "update", map, "values", count * shape.value_bytes());
  if (count == 0) return info.Env().Undefined();
  uint32_t done = 0;
  const int error = UpdateMany(shape, keys.Data(), values.Data(), static_cast<uint32_t>(count), &done);
  if (error == 0) return info.Env().Undefined();
  FailMap(info.Env(), "update", map, error,
          ErrorName(error) + " after " + std::to_string(done) + " of " + std::to_string(count) + " entries");
}

// (map, each, batch)
Napi::Value BpfObject::Reader(const Napi::CallbackInfo& info) {
  const bpf_map* map = LoadedMap(info, "read");
  const MapShape shape(map);
  if (shape.value_size % 4 != 0 || shape.value_size == 0 || shape.key_size == 0) {
    const std::string sizes = std::to_string(shape.key_size) + " and " + std::to_string(shape.value_size);
    FailMap(info.Env(), "read", map, EINVAL, "key and value of " + sizes + " bytes: values are read as u64 or u32");
  }
  MapReaderInit init{handle_, shape, bpf_map__name(map), BooleanArgument(info, 1) && shape.per_cpu(),
                     BooleanArgument(info, 2)};
  return info.Env().GetInstanceData<AddonData>()->map_reader.New(
      {Napi::External<MapReaderInit>::New(info.Env(), &init)});
}

// (map, onRecord)
Napi::Value BpfObject::RingBuffer(const Napi::CallbackInfo& info) {
  const bpf_map* map = LoadedMap(info, "ring_buffer");
  const LogCapture capture;
  int error = bpf_map__type(map) == BPF_MAP_TYPE_RINGBUF ? 0 : EINVAL;
  auto source = error != 0 ? nullptr : OpenRingBuffer(bpf_map__fd(map), FunctionArgument(info, 1), &error);
  if (source != nullptr) return EventStream::Open(info.Env(), handle_, std::move(source));
  Failure failure = Fail("ring_buffer", error);
  failure.map = bpf_map__name(map);
  failure.log = capture.Text();
  Throw(info.Env(), failure);
}

// (map, pages, onEvent, onLost)
Napi::Value BpfObject::PerfBuffer(const Napi::CallbackInfo& info) {
  const bpf_map* map = LoadedMap(info, "perf_buffer");
  const auto pages = IntegerArgument<uint32_t>(info, 1);
  const LogCapture capture;
  int error = bpf_map__type(map) == BPF_MAP_TYPE_PERF_EVENT_ARRAY ? 0 : EINVAL;
  auto source = error != 0 ? nullptr
                           : OpenPerfBuffer(bpf_map__fd(map), pages, FunctionArgument(info, 2),
                                            FunctionArgument(info, 3), &error);
  if (source != nullptr) return EventStream::Open(info.Env(), handle_, std::move(source));
  Failure failure = Fail("perf_buffer", error);
  failure.map = bpf_map__name(map);
  failure.log = capture.Text();
  Throw(info.Env(), failure);
}

}  // namespace bpf
