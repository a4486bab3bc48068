// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include "kernel.bpf.h"
#include "maps.bpf.h"

// By timer function, of which a kernel with all its modules has some hundreds. When it is full, further functions
// are not counted.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 2048);
  __type(key, __u64);
  __type(value, __u64);
} timer_starts_total SEC(".maps");
COUNT_FAILURES(timer_starts_total);

SEC("tp_btf/timer_start")
int BPF_PROG(timer_start_btf, struct timer_list* timer) {
  __u64 function = (__u64)timer->function;
  increment(timer_starts_total, &function, 1);
  return 0;
}

SEC("tracepoint/timer/timer_start")
int timer_start_tp(struct trace_event_raw_timer_start* ctx) {
  __u64 function = (__u64)ctx->function;
  increment(timer_starts_total, &function, 1);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
