// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// The few kernel types that programs read, with the few fields that they read. Offsets come from the running
// kernel's BTF when the object is loaded (CO-RE), so these need neither be complete nor in order.
#pragma once

#include <stdbool.h>
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

// The ABI of probes, not CO-RE: registers as a kprobe or uprobe sees them.
struct pt_regs {
  unsigned long r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi, orig_rax, rip, cs, eflags, rsp,
      ss;
};

struct user_pt_regs {
  __u64 regs[31], sp, pc, pstate;
};

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct kernfs_node {
  __u64 id;
};

struct cgroup_root {
  int hierarchy_id;
};

struct cgroup {
  struct kernfs_node* kn;
  struct cgroup_root* root;
};

struct css_set {
  struct cgroup* dfl_cgrp;
};

struct task_struct {
  struct css_set* cgroups;
};

struct timer_list {
  void* function;
};

struct trace_event_raw_timer_start {
  void* function;
};

struct gendisk {
  int major;
  int first_minor;
};

struct request_queue {
  struct gendisk* disk;
};

enum rqf_flags {
  __RQF_IO_STAT = 8,
};

struct request {
  struct request_queue* q;
  __u32 cmd_flags;
  __u32 rq_flags;
  unsigned int __data_len;
  __u64 start_time_ns;
};

// Before 5.17.
struct request___rq_disk {
  struct gendisk* rq_disk;
};

struct mem_cgroup;

struct oom_control {
  struct mem_cgroup* memcg;
  struct task_struct* chosen;
};

struct in6_addr {
  __u8 in6_u[16];
};

struct net;

typedef struct {
  struct net* net;
} possible_net_t;

struct sock_common {
  __be32 skc_daddr;
  __be32 skc_rcv_saddr;
  __be16 skc_dport;
  __u16 skc_num;
  possible_net_t skc_net;
  struct in6_addr skc_v6_daddr;
  struct in6_addr skc_v6_rcv_saddr;
};

struct sock {
  struct sock_common __sk_common;
  __u32 sk_ack_backlog;
};

struct request_sock {
  struct sock_common __req_common;
};

struct inet_sock {
  __be16 inet_sport;
};

struct tcp_sock {
  __u32 rcv_ssthresh;
  __u16 advmss;
};

struct sk_buff {
  __be16 protocol;
};

// `size` from 5.18.
struct bpf_binary_header {
  __u32 pages;
};

// Two members that are each aligned to a page.
struct bpf_ringbuf {
  unsigned long consumer_pos;
  unsigned long producer_pos;
};

#pragma clang attribute pop
