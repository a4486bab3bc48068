// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// One map for each kind of metric and of map. Each CPU's values are set by a perf event on it, to what can be foretold.
#include "format.bpf.h"

HASH(kind_hash_total, 4);
MAP(kind_lru_total, BPF_MAP_TYPE_LRU_HASH, 4, 1024);
MAP(kind_array_total, BPF_MAP_TYPE_ARRAY, 4, 3);
MAP(kind_plain_total, BPF_MAP_TYPE_ARRAY, 4, 1);
MAP(kind_percpu_hash_total, BPF_MAP_TYPE_PERCPU_HASH, 4, 8);
MAP(kind_percpu_lru_total, BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, 1024);
MAP(kind_percpu_array_total, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 1);
MAP(kind_each_cpu_total, BPF_MAP_TYPE_PERCPU_HASH, 4, 8);
MAP(kind_only_cpu_total, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 1);
MAP(kind_gauge, BPF_MAP_TYPE_ARRAY, 4, 1);
MAP(kind_gauge_sum, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 1);
MAP(kind_gauge_max, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 1);
HASH(kind_exp2_seconds, 8);
HASH(kind_exp2zero_bytes, 8);
HASH(kind_linear, 1);
HASH(kind_fixed, 2);

struct fields {
  __u64 reads;
  __u64 writes;
};

struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8);
  __type(key, __u32);
  __type(value, struct fields);
} kind_fields SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} kind_events_total SEC(".maps");

static __always_inline void counters(void) {
  struct fields fields = {.reads = 11, .writes = 22};
  __u32 key = 5;
  put_u32(&kind_hash_total, 1, 10);
  put_u32(&kind_hash_total, 0xffffffff, 1ull << 53);
  put_u32(&kind_lru_total, 2, 20);
  put_u32(&kind_array_total, 1, 30);
  put_u32(&kind_plain_total, 0, 40);
  put_u32(&kind_gauge, 0, 42);
  bpf_map_update_elem(&kind_fields, &key, &fields, BPF_ANY);
}

// A series' buckets and, behind the last bucket, its sum; what is outside of the range must not be on the page.
static __always_inline void histograms(void) {
  put(&kind_exp2_seconds, "\x01\0\0\0\x01\0\0\0", 2);
  put(&kind_exp2_seconds, "\x01\0\0\0\x03\0\0\0", 3);
  put(&kind_exp2_seconds, "\x01\0\0\0\x04\0\0\0", 4000);
  put(&kind_exp2_seconds, "\x01\0\0\0\x00\0\0\0", 7);
  put(&kind_exp2_seconds, "\x01\0\0\0\x05\0\0\0", 8);
  put(&kind_exp2zero_bytes, "\0\0\0\0\0\0\0\0", 1);
  put(&kind_exp2zero_bytes, "\x02\0\0\0\0\0\0\0", 2);
  put(&kind_exp2zero_bytes, "\x04\0\0\0\0\0\0\0", 9);
  put(&kind_linear, "\x01", 100);
  put(&kind_linear, "\x02", 1);
  put(&kind_linear, "\x04", 12);
  put(&kind_fixed, "\x01\0", 1);
  put(&kind_fixed, "\x0a\0", 2);
  put(&kind_fixed, "\x0b\0", 300);
}

struct event {
  __u32 code;
  char name[4];
  __u64 not_in_labels;
};

static __always_inline void events(void *ctx) {
  struct event first = {1, "one", 1};
  struct event second = {1, "one", 2};
  struct event third = {2, "two", 3};
  bpf_perf_event_output(ctx, &kind_events_total, BPF_F_CURRENT_CPU, &first, sizeof(first));
  bpf_perf_event_output(ctx, &kind_events_total, BPF_F_CURRENT_CPU, &second, sizeof(second));
  bpf_perf_event_output(ctx, &kind_events_total, BPF_F_CURRENT_CPU, &third, sizeof(third));
}

SEC("uprobe//proc/self/exe:post_attach_mark")
int fill(void *ctx) {
  counters();
  histograms();
  events(ctx);
  return 0;
}

// PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK.
SEC("perf_event/type=1,config=0,frequency=99")
int each_cpu(void *ctx) {
  __u64 value = 100 + bpf_get_smp_processor_id();
  put_u32(&kind_percpu_hash_total, 7, value);
  put_u32(&kind_percpu_lru_total, 8, value);
  put_u32(&kind_percpu_array_total, 0, value);
  put_u32(&kind_each_cpu_total, 9, value);
  put_u32(&kind_only_cpu_total, 0, value);
  put_u32(&kind_gauge_sum, 0, value);
  put_u32(&kind_gauge_max, 0, value);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
