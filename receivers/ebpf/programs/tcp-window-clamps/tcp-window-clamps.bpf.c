// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Counts packets for a socket whose receive window is clamped: to some segments by the kernel, which is short of
// memory (it clamps to two or four), or by a small receive buffer. A clamped window holds throughput down, and below
// one full segment the sender can send only fragments. Packets of the fast path, which need no memory, don't count.

#include "kernel.bpf.h"
#include "maps.bpf.h"

#define CLAMP_SEGMENTS 4
#define CLAMP_BYTES (32 * 1024)

// One u64, which is there from the start.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} tcp_window_clamps_total SEC(".maps");

// Loopback's segments of 64 KiB would make any window a small one, so a number of bytes is a limit too.
static __always_inline int count_clamped(struct sock* sock) {
  struct tcp_sock* tcp = (void*)sock;
  __u32 zero = 0, low = BPF_CORE_READ(tcp, advmss) * CLAMP_SEGMENTS;
  if (low > CLAMP_BYTES) low = CLAMP_BYTES;
  if (BPF_CORE_READ(tcp, rcv_ssthresh) > low) return 0;
  __u64* clamps = bpf_map_lookup_elem(&tcp_window_clamps_total, &zero);
  if (clamps) add(clamps, 1);
  return 0;
}

SEC("fexit/tcp_try_rmem_schedule")
int BPF_PROG(schedule_fexit, struct sock* sock) {
  return count_clamped(sock);
}

// At entry, where the socket is an argument: sees the window as the packet before has left it.
SEC("kprobe/tcp_try_rmem_schedule")
int BPF_KPROBE(schedule_kprobe, struct sock* sock) {
  return count_clamped(sock);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
