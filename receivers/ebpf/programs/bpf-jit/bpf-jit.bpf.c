// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include "kernel.bpf.h"

// The address of the kernel's own sum, set by the loader; 0: unknown, and nothing is read.
const volatile __u64 kaddr_bpf_jit_current = 0;

// One entry, which is there from the start.
struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} bpf_jit_pages_currently_allocated SEC(".maps");

// The kernel keeps two members of this type a page apart.
static __always_inline __u64 page_size(void) {
  struct bpf_ringbuf* ring = NULL;
  return __builtin_preserve_field_info(ring->producer_pos, BPF_FIELD_BYTE_OFFSET) -
         __builtin_preserve_field_info(ring->consumer_pos, BPF_FIELD_BYTE_OFFSET);
}

// Until 5.17 the sum is in pages, then in bytes.
static __always_inline int update(void) {
  struct bpf_binary_header* header = NULL;
  __u32 zero = 0;
  __u64 current = 0;
  __u64* pages = bpf_map_lookup_elem(&bpf_jit_pages_currently_allocated, &zero);
  if (!pages || !kaddr_bpf_jit_current) return 0;
  if (bpf_probe_read_kernel(&current, sizeof(current), (void*)kaddr_bpf_jit_current)) return 0;
  *pages = bpf_core_field_exists(header->pages) ? current : (current + page_size() - 1) / page_size();
  return 0;
}

SEC("fexit/bpf_jit_charge_modmem")
int charge_fexit(void* ctx) {
  return update();
}

SEC("kretprobe/bpf_jit_charge_modmem")
int charge_kretprobe(void* ctx) {
  return update();
}

// Not bpf_jit_uncharge_modmem, which compilers put into its callers.
SEC("fexit/bpf_jit_free")
int free_fexit(void* ctx) {
  return update();
}

SEC("kretprobe/bpf_jit_free")
int free_kretprobe(void* ctx) {
  return update();
}

// Once at start, or the value would be 0 until a program is loaded.
SEC("uprobe//proc/self/exe:post_attach_mark")
int post_attach(void* ctx) {
  return update();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
