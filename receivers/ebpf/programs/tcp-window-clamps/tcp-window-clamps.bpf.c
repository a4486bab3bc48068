// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Counts packets that found more memory in a socket's receive queue than its buffer allows, and left a window that is
// smaller than one full segment: from then on the sender can send only fragments.

#include "kernel.bpf.h"
#include "maps.bpf.h"

// One u64, which is there from the start.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u64);
} tcp_window_clamps_total SEC(".maps");

// The socket of a call that is under pressure; the return deletes. Bounded by the calls at one time. When it is
// full, further calls are not counted.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 4096);
  __type(key, __u64);
  __type(value, __u64);
} pressed SEC(".maps");
COUNT_FAILURES(pressed);

static __always_inline int enter(__u64 call, struct sock* sock, int queued, int limit) {
  if (queued <= limit) return 0;
  __u64 value = (__u64)sock;
  if (bpf_map_update_elem(&pressed, &call, &value, BPF_ANY)) count_failure(&pressed_failed);
  return 0;
}

static __always_inline int leave(__u64 call) {
  __u32 zero = 0;
  __u64* sock = bpf_map_lookup_elem(&pressed, &call);
  if (!sock) return 0;
  struct tcp_sock* tcp = (void*)*sock;
  bpf_map_delete_elem(&pressed, &call);
  if (BPF_CORE_READ(tcp, rcv_ssthresh) >= BPF_CORE_READ(tcp, advmss)) return 0;
  __u64* clamps = bpf_map_lookup_elem(&tcp_window_clamps_total, &zero);
  if (clamps) add(clamps, 1);
  return 0;
}

// A return probe has no arguments: the thread tells which call it is, and on the idle thread, one a CPU, the CPU.
static __always_inline __u64 thread_or_cpu(void) {
  __u64 thread = bpf_get_current_pid_tgid();
  return thread ? thread : bpf_get_smp_processor_id();
}

SEC("fentry/tcp_try_rmem_schedule")
int BPF_PROG(enter_fentry, struct sock* sock) {
  return enter((__u64)sock, sock, sock->sk_backlog.rmem_alloc.counter, sock->sk_rcvbuf);
}

SEC("fexit/tcp_try_rmem_schedule")
int BPF_PROG(leave_fexit, struct sock* sock) {
  return leave((__u64)sock);
}

SEC("kprobe/tcp_try_rmem_schedule")
int BPF_KPROBE(enter_kprobe, struct sock* sock) {
  return enter(thread_or_cpu(), sock, BPF_CORE_READ(sock, sk_backlog.rmem_alloc.counter),
               BPF_CORE_READ(sock, sk_rcvbuf));
}

SEC("kretprobe/tcp_try_rmem_schedule")
int leave_kretprobe(void* ctx) {
  return leave(thread_or_cpu());
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
