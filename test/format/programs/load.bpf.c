// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Keys as target.c's function is called: a map that fills up, and one whose keys come and go beside some that stay.
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "format.bpf.h"

#define ALIVE 5000
#define STABLE 64
// Ten times the entries of load_full_total.
#define KEYS 640

HASH(load_full_total, 4);
COUNT_FAILURES(load_full_total);
MAP(load_churn_total, BPF_MAP_TYPE_HASH, 4, STABLE + ALIVE + 1000);
COUNT_FAILURES(load_churn_total);

SEC("uprobe/" TARGET ":format_call")
int call(struct pt_regs *ctx) {
  __u32 number = PT_REGS_PARM1(ctx), key = number % KEYS, old = number - ALIVE;
  increment(load_full_total, &key, 1);
  increment(load_churn_total, &number, 1);
  if (old >= STABLE) bpf_map_delete_elem(&load_churn_total, &old);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
