// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include "bits.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"

#define LAST_BUCKET 26

struct shrink_node_key {
  __u32 bucket;
};

// By thread, while it is in shrink_node; the return deletes. When it is full, the oldest makes room: only returns
// that the kernel hides from us (more kretprobes at once than it has instances for) leave entries behind.
// start_failed counts what was not measured.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 4096);
  __type(key, __u64);
  __type(value, __u64);
} start SEC(".maps");
COUNT_FAILURES(start);

// Can't be full.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, LAST_BUCKET + 2);
  __type(key, struct shrink_node_key);
  __type(value, __u64);
} shrink_node_latency_seconds SEC(".maps");
COUNT_FAILURES(shrink_node_latency_seconds);

// A call within a call would restart the clock: then the inner one is measured.
static __always_inline int enter(void) {
  __u64 thread = bpf_get_current_pid_tgid(), now = bpf_ktime_get_ns();
  if (bpf_map_update_elem(&start, &thread, &now, BPF_NOEXIST) == 0) return 0;
  count_failure(&start_failed);
  bpf_map_update_elem(&start, &thread, &now, BPF_ANY);
  return 0;
}

static __always_inline int leave(void) {
  __u64 thread = bpf_get_current_pid_tgid();
  __u64* since = bpf_map_lookup_elem(&start, &thread);
  if (!since) return 0;
  __u64 us = ns_to_us_ceil(bpf_ktime_get_ns() - *since);
  bpf_map_delete_elem(&start, &thread);
  struct shrink_node_key key;
  observe(shrink_node_latency_seconds, &key, log2_ceil(us), LAST_BUCKET, us);
  return 0;
}

SEC("fentry/shrink_node")
int enter_fentry(void* ctx) {
  return enter();
}

SEC("kprobe/shrink_node")
int enter_kprobe(void* ctx) {
  return enter();
}

SEC("fexit/shrink_node")
int leave_fexit(void* ctx) {
  return leave();
}

SEC("kretprobe/shrink_node")
int leave_kretprobe(void* ctx) {
  return leave();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
