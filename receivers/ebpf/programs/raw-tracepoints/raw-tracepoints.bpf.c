// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include "kernel.bpf.h"
#include "maps.bpf.h"

// By timer function. When it is full, further functions are not counted.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 2048);
  __type(key, __u64);
  __type(value, __u64);
} raw_timer_starts_total SEC(".maps");
COUNT_FAILURES(raw_timer_starts_total);

SEC("raw_tp/timer_start")
int BPF_PROG(timer_start_raw, struct timer_list* timer) {
  __u64 function = (__u64)BPF_CORE_READ(timer, function);
  increment(raw_timer_starts_total, &function, 1);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
