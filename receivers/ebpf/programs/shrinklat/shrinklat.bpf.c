// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include "bits.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "starts.bpf.h"

#define LAST_BUCKET 26

struct shrink_node_key {
  __u32 bucket;
};

// By thread, while it is in shrink_node; the return ends it. Returns that the kernel hides from us (more kretprobes at
// once than it has instances for) leave starts behind, which the thread's next call takes over.
STARTS(start);

// Can't be full.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, LAST_BUCKET + 2);
  __type(key, struct shrink_node_key);
  __type(value, __u64);
} shrink_node_latency_seconds SEC(".maps");
COUNT_FAILURES(shrink_node_latency_seconds);

// A call within a call restarts the clock: then the inner one is measured, and the outer one is not.
static __always_inline int enter(void) {
  begin_start(start, bpf_get_current_pid_tgid(), false);
  return 0;
}

static __always_inline int leave(void) {
  __u64 since = end_start(start, bpf_get_current_pid_tgid());
  if (!since) return 0;
  __u64 us = ns_to_us_ceil(bpf_ktime_get_ns() - since);
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
