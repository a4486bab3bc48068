// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Maps without a BTF key, as most of other people's objects have them, and entries whose key is a literal of bytes.
#pragma once

#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

#define MAP(name, map_type, key_bytes, entries) \
  struct {                                      \
    __uint(type, map_type);                     \
    __uint(max_entries, entries);               \
    __uint(key_size, key_bytes);                \
    __uint(value_size, 8);                      \
  } name SEC(".maps")

#define HASH(name, key_bytes) MAP(name, BPF_MAP_TYPE_HASH, key_bytes, 64)

// `key` is a pointer to as many bytes as the map's key has.
static __always_inline void put(void *map, const void *key, __u64 value) {
  bpf_map_update_elem(map, key, &value, BPF_ANY);
}

static __always_inline void put_u32(void *map, __u32 key, __u64 value) {
  put(map, &key, value);
}

static __always_inline void put_u64(void *map, __u64 key, __u64 value) {
  put(map, &key, value);
}

static __always_inline void add_one(void *map, __u32 key) {
  __u64 *value = bpf_map_lookup_elem(map, &key);
  if (value) __sync_fetch_and_add(value, 1);
}
