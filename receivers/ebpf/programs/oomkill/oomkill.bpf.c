// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// The cgroup is the victim's own in version 2, also where the limit was another's (a parent's, a version 1 group's).
// A cgroup with memory.oom.group counts one for all its tasks, except by mark_victim, which counts each.

#include "kernel.bpf.h"
#include "maps.bpf.h"

#define ENOSPC 28
#define FRAMES 24
#define MEMCG_OOM_CODE_SIZE 768

struct oom_kill {
  __u64 cgroup;
  __u8 global_oom;
} __attribute__((packed));

// Read by the agent. When a CPU's buffer is full the kernel counts the event as lost; other errors are counted here.
struct {
  __uint(type, BPF_MAP_TYPE_PERF_EVENT_ARRAY);
  __uint(key_size, sizeof(__u32));
  __uint(value_size, sizeof(__u32));
} oom_kills_total SEC(".maps");
COUNT_FAILURES(oom_kills_total);

static __always_inline int emit(void* ctx, __u64 cgroup, bool global) {
  struct oom_kill event = {.cgroup = cgroup, .global_oom = global};
  int err = bpf_perf_event_output(ctx, &oom_kills_total, BPF_F_CURRENT_CPU, &event, sizeof(event));
  if (err && err != -ENOSPC) count_failure(&oom_kills_total_failed);
  return 0;
}

SEC("fentry/oom_kill_process")
int BPF_PROG(kill_fentry, struct oom_control* oc) {
  return emit(ctx, oc->chosen->cgroups->dfl_cgrp->kn->id, oc->memcg == NULL);
}

SEC("kprobe/oom_kill_process")
int BPF_KPROBE(kill_kprobe, struct oom_control* oc) {
  return emit(ctx, BPF_CORE_READ(oc, chosen, cgroups, dfl_cgrp, kn, id), BPF_CORE_READ(oc, memcg) == NULL);
}

extern const void mem_cgroup_out_of_memory __ksym __weak;

// The tracepoint does not say whose limit it was; the call chain does. Unknown counts as a cgroup's.
static __always_inline int is_global(void* ctx) {
  __u64 from = (__u64)&mem_cgroup_out_of_memory, frames[FRAMES] = {};
  if (!from || bpf_get_stack(ctx, frames, sizeof(frames), 0) < 0) return 0;
  for (int i = 0; i < FRAMES; i++)
    if (frames[i] - from < MEMCG_OOM_CODE_SIZE) return 0;
  return 1;
}

// With a pid instead of the task (before 6.1.86, 6.6.27, 6.9) the verifier refuses this one.
SEC("tp_btf/mark_victim")
int BPF_PROG(mark_victim_btf, struct task_struct* victim) {
  return emit(ctx, victim->cgroups->dfl_cgrp->kn->id, is_global(ctx));
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
