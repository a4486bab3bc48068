// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include "cgroup-counter.bpf.h"

#ifdef __TARGET_ARCH_arm64
#define MUSL "libc.musl-aarch64.so.1"
#else
#define MUSL "libc.musl-x86_64.so.1"
#endif

CGROUP_COUNTER(libc_malloc_calls_total, 4096)

static __always_inline int count_current(void) {
  increment_cgroup(libc_malloc_calls_total, bpf_get_current_cgroup_id());
  return 0;
}

SEC("uprobe/libc.so.6:malloc")
int malloc_glibc(void* ctx) {
  return count_current();
}

SEC("uprobe/" MUSL ":malloc")
int malloc_musl(void* ctx) {
  return count_current();
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
