// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// When something began, by a number that names it while it lasts (the address of a request, the id of a thread): what a
// hash map does, at a tenth of the cost. Four neighbours of an array are one cache line, and nothing is allocated.
#pragma once

#include "maps.bpf.h"

#define START_WAYS 4
#define START_SETS_LOG2 12

struct start_set {
  struct {
    __u64 id;  // 0: free
    __u64 since;
  } of[START_WAYS];
};

// A set that is full gives up its oldest start, which is then not measured: `name_failed` counts it. So entries whose
// end was missed do not stay. Two CPUs that take the same free place at the same moment lose one start, uncounted.
#define STARTS(name)                           \
  struct {                                     \
    __uint(type, BPF_MAP_TYPE_ARRAY);          \
    __uint(max_entries, 1 << START_SETS_LOG2); \
    __type(key, __u32);                        \
    __type(value, struct start_set);           \
  } name SEC(".maps");                         \
  COUNT_FAILURES(name)

static char anchor;

// A number for a pointer: the verifier allows no other arithmetic with two of them, and none with one.
static __always_inline __u64 start_id(const void* pointer) {
  __u64 id = (__u64)pointer - (__u64)&anchor;
  barrier_var(id);
  return id;
}

static __always_inline struct start_set* start_set_of(void* map, __u64 id) {
  __u32 set = (id * 0x9e3779b97f4a7c15ULL) >> (64 - START_SETS_LOG2);
  return bpf_map_lookup_elem(map, &set);
}

// @param keep leaves a start as it is that is there already.
static __always_inline void begin_in(void* map, void* failed, __u64 id, bool keep) {
  struct start_set* set = start_set_of(map, id);
  if (!set) return;
  int place = 0;
  __u64 oldest = ~0ULL;
#pragma unroll
  for (int i = 0; i < START_WAYS; i++) {
    if (set->of[i].id == id) {
      if (!keep) set->of[i].since = bpf_ktime_get_ns();
      return;
    }
    __u64 since = set->of[i].id ? set->of[i].since : 0;
    if (since < oldest) oldest = since, place = i;
  }
  if (oldest) count_failure(failed);
  __u64 now = bpf_ktime_get_ns();
#pragma unroll
  for (int i = 0; i < START_WAYS; i++) {
    if (i == place) set->of[i].since = now, set->of[i].id = id;
  }
}

// When it began, or 0; forgets it.
static __always_inline __u64 end_in(void* map, __u64 id) {
  struct start_set* set = start_set_of(map, id);
  if (!set) return 0;
#pragma unroll
  for (int i = 0; i < START_WAYS; i++) {
    if (set->of[i].id != id) continue;
    __u64 since = set->of[i].since;
    set->of[i].id = 0;
    return since;
  }
  return 0;
}

#define begin_start(map, id, keep) begin_in(&map, &map##_failed, id, keep)
#define end_start(map, id) end_in(&map, id)
