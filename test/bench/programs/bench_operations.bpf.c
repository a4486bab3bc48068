// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
// What probes are made of, one operation each, warm: on a system call that is made again and again. The least that a
// program can cost which must do these.
#include "kernel.bpf.h"
#include <bpf/bpf_helpers.h>

struct key_16 {
  __u64 head, bucket;
};
struct key_256 {
  char text[256];
};

#define MAP(name, kind, key_type, entries) \
  struct {                                 \
    __uint(type, kind);                    \
    __uint(max_entries, entries);          \
    __type(key, key_type);                 \
    __type(value, __u64);                  \
  } name SEC(".maps")

// None is ever full: each has one key.
MAP(array, BPF_MAP_TYPE_ARRAY, __u32, 1);
MAP(percpu_8, BPF_MAP_TYPE_PERCPU_HASH, __u64, 1024);
MAP(percpu_16, BPF_MAP_TYPE_PERCPU_HASH, struct key_16, 1024);
MAP(hash_8, BPF_MAP_TYPE_HASH, __u64, 1024);
MAP(hash_256, BPF_MAP_TYPE_HASH, struct key_256, 1024);

#define ADD(map, key)                                       \
  do {                                                      \
    __u64 one = 1, *value = bpf_map_lookup_elem(&map, key); \
    if (value) __sync_fetch_and_add(value, 1);              \
    else bpf_map_update_elem(&map, key, &one, BPF_ANY);     \
  } while (0)

SEC("raw_tp/sys_enter")
int nothing(void *ctx) {
  return 0;
}

SEC("raw_tp/sys_enter")
int time(void *ctx) {
  return bpf_ktime_get_ns() == 0;
}

SEC("raw_tp/sys_enter")
int array_add(void *ctx) {
  __u32 key = 0;
  ADD(array, &key);
  return 0;
}

SEC("raw_tp/sys_enter")
int percpu_hash_add_8(void *ctx) {
  __u64 key = 7;
  ADD(percpu_8, &key);
  return 0;
}

SEC("raw_tp/sys_enter")
int percpu_hash_add_16(void *ctx) {
  struct key_16 key = {7, 8};
  ADD(percpu_16, &key);
  return 0;
}

SEC("raw_tp/sys_enter")
int hash_insert_delete_8(void *ctx) {
  __u64 key = bpf_get_smp_processor_id() + 1;
  bpf_map_update_elem(&hash_8, &key, &key, BPF_ANY);
  bpf_map_delete_elem(&hash_8, &key);
  return 0;
}

SEC("raw_tp/sys_enter")
int hash_add_256(void *ctx) {
  struct key_256 key = {"shop.py"};
  ADD(hash_256, &key);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
