// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// The maps of cgroup_id_map, and a map too small for all cgroups. Compiled by cgroup-id-map.test.ts.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

// BPF_MAP_TYPE_CGRP_STORAGE, since 6.2: headers may be older.
#define CGRP_STORAGE 32

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, __u64);
  __type(value, __u64);
} ids SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 2);
  __type(key, __u64);
  __type(value, __u64);
} few_ids SEC(".maps");

#ifdef STORAGE
struct {
  __uint(type, CGRP_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u64);
} storage SEC(".maps");
#endif

char LICENSE[] SEC("license") = "Dual BSD/GPL";
