// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// An event with its number at each call of target.c's function, and how many calls there were.
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "format.bpf.h"

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} event_numbers_total SEC(".maps");

MAP(event_calls_total, BPF_MAP_TYPE_ARRAY, 4, 1);

SEC("uprobe/" TARGET ":format_call")
int call_event(struct pt_regs *ctx) {
  __u32 number = PT_REGS_PARM1(ctx);
  bpf_perf_event_output(ctx, &event_numbers_total, BPF_F_CURRENT_CPU, &number, sizeof(number));
  add_one(&event_calls_total, 0);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
