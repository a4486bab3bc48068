// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Keys as target.c's function is called: a map that fills up, and one whose keys come and go.
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "format.bpf.h"

#define ALIVE 100000

HASH(load_full_total, 4);
COUNT_FAILURES(load_full_total);
MAP(load_churn_total, BPF_MAP_TYPE_HASH, 4, ALIVE + 1000);

SEC("uprobe/" TARGET ":format_call")
int call(struct pt_regs *ctx) {
  __u32 key = PT_REGS_PARM1(ctx);
  __u32 old = key - ALIVE;
  increment(load_full_total, &key, 1);
  put_u32(&load_churn_total, key, 1);
  bpf_map_delete_elem(&load_churn_total, &old);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
