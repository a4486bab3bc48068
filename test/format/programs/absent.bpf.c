// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Wants the address of a symbol that no kernel has.
#include "format.bpf.h"

const volatile void *kaddr_format_no_such_symbol = 0;

MAP(absent_total, BPF_MAP_TYPE_ARRAY, 4, 1);

SEC("uprobe/" TARGET ":format_call")
int call_absent(void *ctx) {
  if (kaddr_format_no_such_symbol) add_one(&absent_total, 0);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
