// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A parent span and its child at each call of target.c's function.
#include "format.bpf.h"

struct span {
  __u8 trace_id[16];
  __u8 span_id[8];
  __u8 parent_span_id[8];
  __u64 started;
  __u64 duration;
  char name[8];
  __u32 code;
} __attribute__((packed));

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} format_spans SEC(".maps");

SEC("uprobe/" TARGET ":format_call")
int call(void *ctx) {
  struct span parent = {.trace_id = {0xab, [15] = 1}, .span_id = {1, [7] = 2}, .name = "parent", .code = 7};
  struct span child = {.trace_id = {0xab, [15] = 1}, .span_id = {3, [7] = 4}, .parent_span_id = {1, [7] = 2}};
  parent.started = child.started = bpf_ktime_get_ns();
  parent.duration = 5000000;
  child.duration = 1;
  bpf_ringbuf_output(&format_spans, &parent, sizeof(parent), 0);
  bpf_ringbuf_output(&format_spans, &child, sizeof(child), 0);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
