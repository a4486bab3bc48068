// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
// Maps of each kind and the layouts that the addon reports.
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

typedef struct {
  __u32 pid;
  __u32 kind;
  char comm[16];
} event_key;

union word {
  __u64 whole;
  __u16 parts[4];
};

struct two_values {
  __u64 count;
  __s64 total;
};

#define MAP(map_name, map_type, key_type, value_type, entries) \
  struct {                                                     \
    __uint(type, map_type);                                    \
    __uint(max_entries, entries);                              \
    __type(key, key_type);                                     \
    __type(value, value_type);                                 \
  } map_name SEC(".maps")

MAP(hash, BPF_MAP_TYPE_HASH, event_key, __u64, 1000);
MAP(percpu_hash, BPF_MAP_TYPE_PERCPU_HASH, event_key, __u64, 1000);
MAP(lru_hash, BPF_MAP_TYPE_LRU_HASH, __u64, __u64, 1000);
MAP(lru_percpu_hash, BPF_MAP_TYPE_LRU_PERCPU_HASH, __u32, __u64, 1000);
MAP(array, BPF_MAP_TYPE_ARRAY, __u32, __u64, 100);
MAP(percpu_array, BPF_MAP_TYPE_PERCPU_ARRAY, __u32, __u64, 100);
MAP(small_values, BPF_MAP_TYPE_HASH, __u32, __u32, 100);
MAP(small_cpu_values, BPF_MAP_TYPE_PERCPU_HASH, __u32, __u32, 100);
MAP(two_fields, BPF_MAP_TYPE_HASH, union word, struct two_values, 100);
MAP(churned, BPF_MAP_TYPE_HASH, __u64, __u64, 100);
MAP(odd_values, BPF_MAP_TYPE_HASH, __u32, __u8, 10);

struct {
  __uint(type, BPF_MAP_TYPE_LPM_TRIE);
  __uint(max_entries, 100);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __uint(key_size, 8);
  __uint(value_size, 8);
} lpm_trie SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 4096);
} ring SEC(".maps");

const volatile __u8 flag = 0;
const volatile __u64 threshold = 7;
const volatile void* kaddr_symbol = 0;
volatile __s32 level = 0;
struct two_values pair = {1, 2};

SEC("raw_tp/sys_enter")
int unused(void* ctx) {
  __u32 zero = 0;
  __u64* value = bpf_map_lookup_elem(&array, &zero);
  if (value) *value = flag + threshold + (__u64)kaddr_symbol + level + pair.count;
  return 0;
}

char _license[] SEC("license") = "Dual BSD/GPL";
