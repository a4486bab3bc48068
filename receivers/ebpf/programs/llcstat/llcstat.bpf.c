// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// A sample stands for all events since the last one, so it adds its period: the counters estimate events, exact to
// one period a CPU.

#include "kernel.bpf.h"
#include "maps.bpf.h"

#ifdef __TARGET_ARCH_arm64
typedef struct user_pt_regs sample_regs;
#else
typedef struct pt_regs sample_regs;
#endif

// linux/bpf_perf_event.h, for either architecture.
struct bpf_perf_event_data {
  sample_regs regs;
  __u64 sample_period;
  __u64 addr;
};

// By CPU, each written by its own. When it is full, further CPUs are not counted.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, __u32);
  __type(value, __u64);
} llc_references_total SEC(".maps");
COUNT_FAILURES(llc_references_total);

// As above.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 4096);
  __type(key, __u32);
  __type(value, __u64);
} llc_misses_total SEC(".maps");
COUNT_FAILURES(llc_misses_total);

SEC("perf_event/type=0,config=2,frequency=99")
int llc_references(struct bpf_perf_event_data* ctx) {
  __u32 cpu = bpf_get_smp_processor_id();
  increment(llc_references_total, &cpu, ctx->sample_period);
  return 0;
}

SEC("perf_event/type=0,config=3,frequency=99")
int llc_misses(struct bpf_perf_event_data* ctx) {
  __u32 cpu = bpf_get_smp_processor_id();
  increment(llc_misses_total, &cpu, ctx->sample_period);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
