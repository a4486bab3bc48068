// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// Every form of section that the agent attaches by itself, and libbpf's own; TARGET is the full path of target.c's
// program.
#include "kernel.bpf.h"
#include <bpf/usdt.bpf.h>
#include "format.bpf.h"

enum hook { FORK_RAW, FORK_BTF, FORK_TP, UPROBE_NAME, UPROBE_PATH, USDT_NAME, USDT_PATH, XDP, PERF, HOOKS };

MAP(section_hits_total, BPF_MAP_TYPE_ARRAY, 4, HOOKS);
MAP(tracked_cgroups, BPF_MAP_TYPE_HASH, 8, 1024);

#define HOOK(function, section, hook)    \
  SEC(section) int function(void *ctx) { \
    add_one(&section_hits_total, hook);  \
    return 0;                            \
  }

HOOK(fork_raw, "raw_tp/sched_process_fork", FORK_RAW)
HOOK(fork_btf, "tp_btf/sched_process_fork", FORK_BTF)
HOOK(fork_tp, "tracepoint/sched/sched_process_fork", FORK_TP)
HOOK(uprobe_name, "uprobe/format-target:format_call", UPROBE_NAME)
HOOK(uprobe_path, "uprobe/" TARGET ":format_call", UPROBE_PATH)
HOOK(usdt_name, "usdt/format-target:format:fired", USDT_NAME)
// Another probe: on 5.10, which has no BPF cookies, libbpf keeps one program of an object at a place.
HOOK(usdt_path, "usdt/" TARGET ":format:passed", USDT_PATH)
HOOK(perf, "perf_event/type=1,config=0,frequency=99", PERF)

// Not for this test: a program that cannot be attached does not stop the others.
HOOK(absent, "tracepoint/sched/no_such_tracepoint", HOOKS - 1)

SEC("xdp/lo")
int packet(struct xdp_md *ctx) {
  add_one(&section_hits_total, XDP);
  return XDP_PASS;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
