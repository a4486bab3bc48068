// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Counts calls of target.c's function in cgroups that cgroup_id_map holds. Compiled by cgroup-sets.test.ts, with
// STORAGE for the type cgrp_storage.
#include "format.bpf.h"

#ifdef STORAGE

#define PRESERVE __attribute__((preserve_access_index))

// BPF_MAP_TYPE_CGRP_STORAGE, since 6.2: headers may be older.
#define CGRP_STORAGE 32

struct cgroup {
  int level;
} PRESERVE;

struct css_set {
  struct cgroup *dfl_cgrp;
} PRESERVE;

struct task_struct {
  struct css_set *cgroups;
} PRESERVE;

struct {
  __uint(type, CGRP_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u64);
} tracked SEC(".maps");

static __always_inline int is_tracked(void) {
  struct task_struct *task = bpf_get_current_task_btf();
  return bpf_cgrp_storage_get(&tracked, task->cgroups->dfl_cgrp, 0, 0) != 0;
}

#else

MAP(tracked, BPF_MAP_TYPE_HASH, 8, 1024);

static __always_inline int is_tracked(void) {
  __u64 id = bpf_get_current_cgroup_id();
  return bpf_map_lookup_elem(&tracked, &id) != 0;
}

#endif

#define CALLS_OF(set) set##_calls_total
#define CALLS(set) CALLS_OF(set)

// SET is the type, as a metric has one place only.
HASH(CALLS(SET), 8);

SEC("uprobe/" TARGET ":format_call")
int call(void *ctx) {
  __u64 id = bpf_get_current_cgroup_id();
  if (!is_tracked()) return 0;
  __u64 *calls = bpf_map_lookup_elem(&CALLS(SET), &id);
  if (calls) __sync_fetch_and_add(calls, 1);
  else put(&CALLS(SET), &id, 1);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
