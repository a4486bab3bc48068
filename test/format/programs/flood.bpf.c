// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A span at each call of target.c's function, as many as there are; what the ring buffer has no room for is counted.
#include "kernel.bpf.h"
#include "maps.bpf.h"

struct span {
  __u8 trace_id[16];
  __u8 span_id[8];
  __u64 started;
  __u64 duration;
  __u32 number;
  __u32 padding;
};

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 256 * 1024);
} flood_spans SEC(".maps");
COUNT_FAILURES(flood_spans);

SEC("uprobe/" TARGET ":format_call")
int call(struct pt_regs *ctx) {
  struct span span = {.trace_id = {1}, .span_id = {1}, .duration = 1000};
  span.number = PT_REGS_PARM1(ctx);
  span.started = bpf_ktime_get_ns();
  if (bpf_ringbuf_output(&flood_spans, &span, sizeof(span), 0)) count_failure(&flood_spans_failed);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
