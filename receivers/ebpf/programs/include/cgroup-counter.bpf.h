// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A counter by cgroup v2 id that neither forgets a living cgroup, as an LRU map may, nor fills up with removed ones:
// those keep their last value until a new cgroup needs the room.
#pragma once

#include "kernel.bpf.h"
#include "maps.bpf.h"

// Full of living cgroups: further ones are not counted. The queue holds keys of the map only, so it can't be full.
#define CGROUP_COUNTER(name, entries)                                                         \
  struct {                                                                                    \
    __uint(type, BPF_MAP_TYPE_PERCPU_HASH);                                                   \
    __uint(max_entries, entries);                                                             \
    __type(key, __u64);                                                                       \
    __type(value, __u64);                                                                     \
  } name SEC(".maps");                                                                        \
  COUNT_FAILURES(name);                                                                       \
  struct {                                                                                    \
    __uint(type, BPF_MAP_TYPE_QUEUE);                                                         \
    __uint(max_entries, entries);                                                             \
    __uint(value_size, sizeof(__u64));                                                        \
  } removed_cgroups SEC(".maps");                                                             \
                                                                                              \
  SEC("tp_btf/cgroup_rmdir")                                                                  \
  int BPF_PROG(cgroup_removed, struct cgroup* cgroup) {                                       \
    __u64 id = cgroup->kn->id;                                                                \
    if (cgroup->root->hierarchy_id == CGROUP_V2_HIERARCHY && bpf_map_lookup_elem(&name, &id)) \
      bpf_map_push_elem(&removed_cgroups, &id, 0);                                            \
    return 0;                                                                                 \
  }

// Ids of version 1 hierarchies are others, with the same numbers.
#define CGROUP_V2_HIERARCHY 0

static __always_inline void increment_cgroup_map(void* map, void* failed, void* removed, __u64 id) {
  __u64 one = 1, dead;
  __u64* value = bpf_map_lookup_elem(map, &id);
  if (value) {
    add(value, 1);
    return;
  }
  if (bpf_map_update_elem(map, &id, &one, BPF_NOEXIST) == 0) return;
  if (bpf_map_pop_elem(removed, &dead) == 0) bpf_map_delete_elem(map, &dead);
  increment_map(map, failed, &id, 1);
}

#define increment_cgroup(map, id) increment_cgroup_map(&map, &map##_failed, &removed_cgroups, id)
