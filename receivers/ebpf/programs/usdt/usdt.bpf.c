// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include <bpf/usdt.bpf.h>

struct function_key {
  char module[128];
  char function[128];
};

// By module and function, both cut to 127 bytes. When it is full, further functions are not counted.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, struct function_key);
  __type(value, __u64);
} python_function_entries_total SEC(".maps");
COUNT_FAILURES(python_function_entries_total);

static __always_inline void read_string(char* to, __u32 size, struct pt_regs* ctx, __u64 argument) {
  long from = 0;
  if (bpf_usdt_arg(ctx, argument, &from) == 0) bpf_probe_read_user_str(to, size, (void*)from);
}

// Arguments: file name, function name, line. Python 3.11 has the probe but runs it only when something is thrown into a
// generator.
SEC("usdt/python3:python:function__entry")
int function_entry(struct pt_regs* ctx) {
  struct function_key key = {};
  read_string(key.module, sizeof(key.module), ctx, 0);
  read_string(key.function, sizeof(key.function), ctx, 1);
  increment(python_function_entries_total, &key, 1);
  return 0;
}

// For interpreters without function__entry. An import runs the module's body, which Python itself calls <module>.
SEC("usdt/python3:python:import__find__load__start")
int import_start(struct pt_regs* ctx) {
  struct function_key key = {.function = "<module>"};
  read_string(key.module, sizeof(key.module), ctx, 0);
  increment(python_function_entries_total, &key, 1);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
