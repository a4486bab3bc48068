// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// The length of a listener's accept queue as each handshake's last ACK finds it.

#include "kernel.bpf.h"
#include "maps.bpf.h"
#include <bpf/bpf_endian.h>

#define LAST_BUCKET 20
#define STEP 50
#define ETH_P_IP 0x0800

struct tcp_syn_backlog_key {
  __u64 bucket;
};

// Can't be full.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, LAST_BUCKET + 2);
  __type(key, struct tcp_syn_backlog_key);
  __type(value, __u64);
} tcp_syn_backlog SEC(".maps");
COUNT_FAILURES(tcp_syn_backlog);

// What the sum, which is in steps, still lacks.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
  __uint(max_entries, 1);
  __type(key, __u32);
  __type(value, __u32);
} unsummed SEC(".maps");

// Bucket i holds (50 * (i - 1), 50 * i], so that its upper bound is inclusive; 0 holds the empty queue.
static __always_inline int observe_backlog(__u32 backlog) {
  __u32 zero = 0, bucket = (backlog + STEP - 1) / STEP, steps = 0;
  struct tcp_syn_backlog_key key;
  __u32* rest = bpf_map_lookup_elem(&unsummed, &zero);
  if (rest) {
    *rest += backlog;
    steps = *rest / STEP;
    *rest %= STEP;
  }
  observe(tcp_syn_backlog, &key, bucket, LAST_BUCKET, steps);
  return 0;
}

SEC("fentry/tcp_v4_syn_recv_sock")
int BPF_PROG(v4_fentry, struct sock* listener) {
  return observe_backlog(listener->sk_ack_backlog);
}

SEC("kprobe/tcp_v4_syn_recv_sock")
int BPF_KPROBE(v4_kprobe, struct sock* listener) {
  return observe_backlog(BPF_CORE_READ(listener, sk_ack_backlog));
}

// An IPv4 packet for an IPv6 listener is handed on to tcp_v4_syn_recv_sock and counted there.
SEC("fentry/tcp_v6_syn_recv_sock")
int BPF_PROG(v6_fentry, struct sock* listener, struct sk_buff* skb) {
  if (skb->protocol == bpf_htons(ETH_P_IP)) return 0;
  return observe_backlog(listener->sk_ack_backlog);
}

SEC("kprobe/tcp_v6_syn_recv_sock")
int BPF_KPROBE(v6_kprobe, struct sock* listener, struct sk_buff* skb) {
  if (BPF_CORE_READ(skb, protocol) == bpf_htons(ETH_P_IP)) return 0;
  return observe_backlog(BPF_CORE_READ(listener, sk_ack_backlog));
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
