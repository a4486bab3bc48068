#pragma once

#include <bpf/libbpf.h>
#include <errno.h>

#include <cstddef>
#include <cstdint>

namespace bpf {

// Sizes that every copy from and to a map must keep to.
struct MapShape {
  explicit MapShape(const bpf_map* map)
      : fd(bpf_map__fd(map)),
        type(bpf_map__type(map)),
        key_size(bpf_map__key_size(map)),
        value_size(bpf_map__value_size(map)),
        max_entries(bpf_map__max_entries(map)) {}

  bool per_cpu() const {
    return type == BPF_MAP_TYPE_PERCPU_HASH || type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
           type == BPF_MAP_TYPE_PERCPU_ARRAY || type == BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE;
  }
  bool array() const { return type == BPF_MAP_TYPE_ARRAY || type == BPF_MAP_TYPE_PERCPU_ARRAY; }
  // One CPU's value: the kernel rounds it up to 8 bytes.
  size_t cpu_stride() const { return (size_t{value_size} + 7) / 8 * 8; }
  uint32_t cpus() const { return per_cpu() ? static_cast<uint32_t>(libbpf_num_possible_cpus()) : 1; }
  // What a lookup or an update copies: of a per-CPU map the values of all possible CPUs.
  size_t value_bytes() const { return per_cpu() ? cpu_stride() * cpus() : value_size; }

  int fd;
  bpf_map_type type;
  uint32_t key_size;
  uint32_t value_size;
  uint32_t max_entries;
};

// Answers of maps and kernels without batch operations. 524 is the kernel's ENOTSUPP, which has no name in user space.
inline bool IsBatchUnsupported(int error) { return error == 524 || error == EOPNOTSUPP || error == EINVAL; }

}  // namespace bpf
