// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Maps only: bench.c fills them from outside, so that every run reads the same keys.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bench_key {
  __u64 function;
  __u32 cpu;
  __u32 device;
};

// Full: bench.c refuses to go on.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1 << 20);
  __type(key, struct bench_key);
  __type(value, __u64);
} bench_ksym_total SEC(".maps");

char LICENSE[] SEC("license") = "Dual BSD/GPL";
