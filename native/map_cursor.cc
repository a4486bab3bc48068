#include "map_cursor.h"

#include <bpf/bpf.h>
#include <errno.h>

#include <algorithm>

namespace bpf {
namespace {

// The kernel's batch position is a u32 for hash maps, a key for all others.
constexpr uint32_t kMinPositionBytes = sizeof(uint32_t);
// EINTR: keys were deleted faster than the kernel could follow.
constexpr int kMaxInterruptions = 64;
constexpr uint64_t kMinSteps = 1024;

}  // namespace

BatchCursor::BatchCursor(const MapShape& map)
    : map_(map),
      position_(std::max(map.key_size, kMinPositionBytes)),
      next_position_(std::max(map.key_size, kMinPositionBytes)) {}

Step BatchCursor::Next(uint8_t* keys, uint8_t* values, uint32_t room, uint32_t* got) {
  *got = room;
  void* from = started_ ? position_.data() : nullptr;
  error_ = -bpf_map_lookup_batch(map_.fd, from, next_position_.data(), keys, values, got, nullptr);
  const bool interrupted = error_ == EINTR && ++interruptions_ < kMaxInterruptions;
  if (error_ == 0 || (interrupted && *got > 0)) {
    started_ = true;
    position_.swap(next_position_);
    return Step::kMore;
  }
  if (error_ == ENOENT) return Step::kEnd;
  *got = 0;
  if (interrupted) return Step::kMore;
  if (error_ == ENOSPC) return Step::kFull;
  return !started_ && IsBatchUnsupported(error_) ? Step::kUnsupported : Step::kFailed;
}

EntryCursor::EntryCursor(const MapShape& map)
    : map_(map), previous_(map.key_size), steps_left_(std::max<uint64_t>(kMinSteps, uint64_t{map.max_entries} * 4)) {}

Step EntryCursor::Next(uint8_t* key, uint8_t* value) {
  while (steps_left_-- > 0) {
    error_ = -bpf_map_get_next_key(map_.fd, started_ ? previous_.data() : nullptr, key);
    if (error_ != 0) return error_ == ENOENT ? Step::kEnd : Step::kFailed;
    error_ = -bpf_map_lookup_elem(map_.fd, key, value);
    if (error_ == ENOENT) continue;
    if (error_ != 0) return Step::kFailed;
    std::copy_n(key, previous_.size(), previous_.begin());
    started_ = true;
    return Step::kMore;
  }
  return Step::kEnd;
}

}  // namespace bpf
