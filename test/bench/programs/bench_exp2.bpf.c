// SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause)
// Maps only: bench.c fills them from outside, so that every run reads the same keys.
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

struct bench_key {
  __u32 device;
  __u32 operation;
  __u64 bucket;
};

// Full: bench.c refuses to go on.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1 << 20);
  __type(key, struct bench_key);
  __type(value, __u64);
} bench_exp2_seconds SEC(".maps");

char LICENSE[] SEC("license") = "Dual BSD/GPL";
