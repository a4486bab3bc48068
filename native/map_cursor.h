#pragma once

#include <cstdint>
#include <vector>

#include "map_shape.h"

namespace bpf {

enum class Step { kMore, kEnd, kFull, kUnsupported, kFailed };

// Walks one map once by BPF_MAP_LOOKUP_BATCH.
class BatchCursor {
 public:
  explicit BatchCursor(const MapShape& map);

  // Copies up to `room` rows to `keys` and `values`; `got` says how many. kFull: the next hash bucket has more than
  // `room` rows, ask again with more room. kFailed: error() says why.
  Step Next(uint8_t* keys, uint8_t* values, uint32_t room, uint32_t* got);
  int error() const { return error_; }

 private:
  const MapShape map_;
  std::vector<uint8_t> position_;
  std::vector<uint8_t> next_position_;
  bool started_ = false;
  int interruptions_ = 0;
  int error_ = 0;
};

// Walks one map once by two system calls an entry, for maps and kernels without batches. Keys that are deleted between
// the two are passed over; when the key before is deleted too, the kernel starts over: the walk is bounded and a row
// may come twice.
class EntryCursor {
 public:
  explicit EntryCursor(const MapShape& map);

  // Copies the next row to `key` and `value`. kMore: there it is; kEnd; kFailed: error() says why.
  Step Next(uint8_t* key, uint8_t* value);
  int error() const { return error_; }

 private:
  const MapShape map_;
  std::vector<uint8_t> previous_;
  bool started_ = false;
  uint64_t steps_left_;
  int error_ = 0;
};

}  // namespace bpf
