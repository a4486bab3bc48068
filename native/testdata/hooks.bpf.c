// SPDX-License-Identifier: (BSD-2-Clause OR GPL-2.0-only)
// Each way to attach; every program counts its calls by one process in the slot of its own.
#include <linux/bpf.h>
#include <linux/ptrace.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>

#include <bpf/bpf_tracing.h>

#include <bpf/usdt.bpf.h>

enum slot { RAW_TP, TP_BTF, TRACEPOINT, UPROBE, MARK, USDT, PERF, XDP, KPROBE, SLOTS };

struct {
  __uint(type, BPF_MAP_TYPE_ARRAY);
  __uint(max_entries, SLOTS);
  __type(key, __u32);
  __type(value, __u64);
} calls SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_RINGBUF);
  __uint(max_entries, 256 * 1024);
} records SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, 4);
  __uint(value_size, 4);
} events SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_STACK_TRACE);
  __uint(max_entries, 16);
  __uint(key_size, 4);
  __uint(value_size, 16 * 8);
} stacks SEC(".maps");

const volatile __u32 target_pid = 0;

struct record {
  __u64 number;
  __u64 padding;
};

static int of_target(void) { return bpf_get_current_pid_tgid() >> 32 == target_pid; }

static __u64 count(__u32 slot) {
  __u64* value = bpf_map_lookup_elem(&calls, &slot);
  if (!value) return 0;
  const __u64 before = *value;
  // An add whose result is used needs Linux 5.12.
  __sync_fetch_and_add(value, 1);
  return before;
}

SEC("raw_tp/sched_process_fork")
int raw_tp_fork(void* ctx) {
  if (of_target()) count(RAW_TP);
  return 0;
}

SEC("tp_btf/sched_process_fork")
int tp_btf_fork(void* ctx) {
  if (of_target()) count(TP_BTF);
  return 0;
}

SEC("tracepoint/sched/sched_process_fork")
int tracepoint_fork(void* ctx) {
  if (of_target()) count(TRACEPOINT);
  return 0;
}

SEC("uprobe")
int uprobe_any(void* ctx) {
  if (of_target()) count(UPROBE);
  return 0;
}

SEC("uprobe")
int emit(void* ctx) {
  if (!of_target()) return 0;
  struct record record = {.number = count(MARK)};
  bpf_get_stackid(ctx, &stacks, BPF_F_USER_STACK);
  bpf_ringbuf_output(&records, &record, sizeof(record), 0);
  bpf_perf_event_output(ctx, &events, BPF_F_CURRENT_CPU, &record, sizeof(record));
  return 0;
}

SEC("kprobe")
int kprobe_any(void* ctx) {
  if (of_target()) count(KPROBE);
  return 0;
}

SEC("usdt")
int usdt_any(struct pt_regs* ctx) {
  count(USDT);
  return 0;
}

SEC("perf_event/type=1,config=0,frequency=100")
int perf_clock(void* ctx) {
  count(PERF);
  return 0;
}

SEC("xdp/lo")
int xdp_lo(void* ctx) {
  count(XDP);
  return XDP_PASS;
}

char _license[] SEC("license") = "Dual BSD/GPL";
