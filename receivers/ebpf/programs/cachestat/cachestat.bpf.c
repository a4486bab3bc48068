// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Each operation is shown by the function that does it on this kernel, also where a tracepoint within that function
// is what counts. Of two names for one operation the one that this kernel calls is taken.

#include "kernel.bpf.h"
#include "maps.bpf.h"

// Addresses by kallsyms; 0 where the kernel has no such function.
extern const void filemap_add_folio __ksym __weak;
extern const void add_to_page_cache_lru __ksym __weak;
extern const void folio_mark_accessed __ksym __weak;
extern const void mark_page_accessed __ksym __weak;
extern const void __folio_mark_dirty __ksym __weak;
extern const void account_page_dirtied __ksym __weak;
extern const void mark_buffer_dirty __ksym __weak;

// By function, of which there are four: can't be full.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 16);
  __type(key, __u64);
  __type(value, __u64);
} page_cache_ops_total SEC(".maps");
COUNT_FAILURES(page_cache_ops_total);

static __always_inline int count(const void* function, const void* before) {
  __u64 op = (__u64)function;
  if (!op) op = (__u64)before;
  increment(page_cache_ops_total, &op, 1);
  return 0;
}

SEC("tp_btf/mm_filemap_add_to_page_cache")
int added(void* ctx) {
  return count(&filemap_add_folio, &add_to_page_cache_lru);
}

SEC("fentry/folio_mark_accessed")
int accessed_folio_fentry(void* ctx) {
  return count(&folio_mark_accessed, NULL);
}

SEC("kprobe/folio_mark_accessed")
int accessed_folio_kprobe(void* ctx) {
  return count(&folio_mark_accessed, NULL);
}

// Before 5.16. Later ones call it ever less, and it calls folio_mark_accessed.
SEC("fentry/mark_page_accessed")
int accessed_page_fentry(void* ctx) {
  return count(&mark_page_accessed, NULL);
}

SEC("kprobe/mark_page_accessed")
int accessed_page_kprobe(void* ctx) {
  return count(&mark_page_accessed, NULL);
}

SEC("tp_btf/writeback_dirty_folio")
int dirtied_folio(void* ctx) {
  return count(&__folio_mark_dirty, NULL);
}

// Before 5.16.
SEC("tp_btf/writeback_dirty_page")
int dirtied_page(void* ctx) {
  return count(&account_page_dirtied, NULL);
}

SEC("tp_btf/block_dirty_buffer")
int dirtied_buffer(void* ctx) {
  return count(&mark_buffer_dirty, NULL);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
