// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
// One program that the verifier refuses, one without a target in any kernel, one that is fine.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} values SEC(".maps");

SEC("raw_tp/sys_enter")
int unchecked_pointer(void* ctx) {
  __u32 zero = 0;
  __u64* value = bpf_map_lookup_elem(&values, &zero);
  *value = 1;
  return 0;
}

SEC("fentry/no_kernel_has_this_function")
int no_target(void* ctx) { return 0; }

SEC("raw_tp/no_kernel_has_this_tracepoint")
int no_tracepoint(void* ctx) { return 0; }

char _license[] SEC("license") = "Dual BSD/GPL";
