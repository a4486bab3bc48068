// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Counters and histograms in maps. A map `m` that can be full is followed by COUNT_FAILURES(m): a map `m_failed` of
// one per-CPU u64, which the agent sums and shows for `m` without any configuration.
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define COUNT_FAILURES(map)                  \
  struct {                                   \
    __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY); \
    __uint(max_entries, 1);                  \
    __type(key, __u32);                      \
    __type(value, __u64);                    \
  } map##_failed SEC(".maps")

// Atomic on per-CPU values too: an interrupt between load and store runs the same program on the same CPU.
#define add(value, by) __sync_fetch_and_add(value, by)

static __always_inline void count_failure(void* failed) {
  __u32 zero = 0;
  __u64* value = bpf_map_lookup_elem(failed, &zero);
  if (value) add(value, 1);
}

static __always_inline void increment_map(void* map, void* failed, const void* key, __u64 by) {
  __u64* value = bpf_map_lookup_elem(map, key);
  if (value) {
    add(value, by);
    return;
  }
  if (bpf_map_update_elem(map, key, &by, BPF_NOEXIST) == 0) return;
  value = bpf_map_lookup_elem(map, key);  // another CPU or an interrupt was faster
  if (value)
    add(value, by);
  else
    count_failure(failed);
}

// Adds to a counter of u64; key is a pointer to the map's key.
#define increment(map, key, by) increment_map(&map, &map##_failed, key, by)

// Adds one value to a histogram whose key ends in a field `bucket`: buckets 0 to `last`, then the sum.
#define observe(map, key, index, last, value)            \
  do {                                                   \
    (key)->bucket = (index) < (last) ? (index) : (last); \
    increment(map, key, 1);                              \
    (key)->bucket = (last) + 1;                          \
    increment(map, key, value);                          \
  } while (0)
