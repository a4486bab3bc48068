// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause

#include "cgroup-counter.bpf.h"

CGROUP_COUNTER(cgroup_sched_migrations_total, 4096)

// Counts for the task that moves; the current one is mostly the kernel's own migration thread. The plain tracepoint
// has no task, so it is no alternative.
SEC("tp_btf/sched_migrate_task")
int BPF_PROG(migrate_btf, struct task_struct* task) {
  increment_cgroup(cgroup_sched_migrations_total, task->cgroups->dfl_cgrp->kn->id);
  return 0;
}

SEC("raw_tp/sched_migrate_task")
int BPF_PROG(migrate_raw, struct task_struct* task) {
  increment_cgroup(cgroup_sched_migrations_total, BPF_CORE_READ(task, cgroups, dfl_cgrp, kn, id));
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
