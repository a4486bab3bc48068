// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// From the SYN that makes a request to accept(2) of its connection: handshake plus time in the accept queue. Made
// without a request: connections by SYN cookie and fast open; start_failed counts them, they are not measured.

#include "bits.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include <bpf/bpf_endian.h>

#define LAST_BUCKET 26

// What a request and the socket made from it have in common.
struct connection {
  struct in6_addr remote, local;  // IPv4 as mapped by the kernel
  __u64 net;
  __be16 remote_port, local_port;
  __u32 zero;
};

struct accept_latency_key {
  __u64 port;
  __u64 bucket;
};

// By connection; accept deletes. Requests that time out and connections that are closed unaccepted stay until the
// map is full: then the oldest makes room. start_failed counts accepts without a start.
struct {
  __uint(type, BPF_MAP_TYPE_LRU_HASH);
  __uint(max_entries, 16384);
  __type(key, struct connection);
  __type(value, __u64);
} start SEC(".maps");
COUNT_FAILURES(start);

// By port and bucket: some 12 entries a port. When it is full, what has no entry yet is not counted.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 8192);
  __type(key, struct accept_latency_key);
  __type(value, __u64);
} accept_latency_seconds SEC(".maps");
COUNT_FAILURES(accept_latency_seconds);

static __always_inline void read_connection(struct connection* to, struct sock_common* from) {
  to->remote_port = BPF_CORE_READ(from, skc_dport);
  if (bpf_core_field_exists(from->skc_net.net)) to->net = (__u64)BPF_CORE_READ(from, skc_net.net);
  if (bpf_core_field_exists(from->skc_v6_daddr)) {
    BPF_CORE_READ_INTO(&to->remote, from, skc_v6_daddr);
    BPF_CORE_READ_INTO(&to->local, from, skc_v6_rcv_saddr);
  } else {
    BPF_CORE_READ_INTO((__be32*)&to->remote, from, skc_daddr);
    BPF_CORE_READ_INTO((__be32*)&to->local, from, skc_rcv_saddr);
  }
}

static __always_inline int requested(struct request_sock* request) {
  struct connection connection = {};
  struct sock_common* common = &request->__req_common;
  read_connection(&connection, common);
  connection.local_port = bpf_htons(BPF_CORE_READ(common, skc_num));
  __u64 now = bpf_ktime_get_ns();
  if (bpf_map_update_elem(&start, &connection, &now, BPF_ANY)) count_failure(&start_failed);
  return 0;
}

// A connection that was reset while it waited has lost its skc_num, but not its inet_sport.
static __always_inline int accepted(struct sock* sock) {
  if (!sock) return 0;
  struct connection connection = {.local_port = BPF_CORE_READ((struct inet_sock*)sock, inet_sport)};
  read_connection(&connection, &sock->__sk_common);
  __u64* since = bpf_map_lookup_elem(&start, &connection);
  if (!since) {
    count_failure(&start_failed);
    return 0;
  }
  __u64 us = ns_to_us_ceil(bpf_ktime_get_ns() - *since);
  bpf_map_delete_elem(&start, &connection);
  struct accept_latency_key key = {.port = bpf_ntohs(connection.local_port)};
  observe(accept_latency_seconds, &key, log2_ceil(us), LAST_BUCKET, us);
  return 0;
}

SEC("fentry/inet_csk_reqsk_queue_hash_add")
int BPF_PROG(request_fentry, void* listener, struct request_sock* request) {
  return requested(request);
}

SEC("kprobe/inet_csk_reqsk_queue_hash_add")
int BPF_KPROBE(request_kprobe, void* listener, struct request_sock* request) {
  return requested(request);
}

// Before 6.10: four arguments, then the result. Later kernels' verifiers refuse the access to a fifth.
SEC("fexit/inet_csk_accept")
int BPF_PROG(accept_flags_fexit, void* listener, int flags, int* err, bool kern, struct sock* sock) {
  return accepted(sock);
}

SEC("fexit/inet_csk_accept")
int BPF_PROG(accept_fexit, void* listener, void* arg, struct sock* sock) {
  return accepted(sock);
}

SEC("kretprobe/inet_csk_accept")
int BPF_KRETPROBE(accept_kretprobe, struct sock* sock) {
  return accepted(sock);
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
