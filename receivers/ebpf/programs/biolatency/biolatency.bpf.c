// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// From a request's allocation, which is when it was submitted, to its completion: what /proc/diskstats sums up. The
// kernel keeps the start in the request itself; where it does not (queue/iostats is 0, passthrough commands) the start
// is the insertion into the queue, or the issue when the request bypasses the queue, and is kept in a map.

#include "bits.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"
#include "starts.bpf.h"

#define LAST_BUCKET 27
#define REQ_OP_MASK 0xff
#define REQ_OP_WRITE 1

struct bio_latency_key {
  __u32 device;
  __u32 operation;
  __u64 bucket;
};

// By request without a start of its own, while it is in flight; completion and merge end it. Requests are allocated
// once and used again, so a start that a missed completion leaves behind is taken over by the next use.
STARTS(start);

// By device, operation and bucket: some 40 entries for a busy disk. When it is full, what has no entry yet is not
// counted.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 4096);
  __type(key, struct bio_latency_key);
  __type(value, __u64);
} bio_latency_seconds SEC(".maps");
COUNT_FAILURES(bio_latency_seconds);

// The kernel's own start, or 0. Newer kernels leave an old value in requests without statistics; they name their flags.
static __always_inline __u64 own_start(struct request* rq) {
  if (bpf_core_enum_value_exists(enum rqf_flags, __RQF_IO_STAT) &&
      !(rq->rq_flags & (1U << bpf_core_enum_value(enum rqf_flags, __RQF_IO_STAT))))
    return 0;
  return rq->start_time_ns;
}

static __always_inline int begin(struct request* rq, bool keep) {
  if (!own_start(rq)) begin_start(start, start_id(rq), keep);
  return 0;
}

static __always_inline int forget(struct request* rq) {
  if (!own_start(rq)) end_start(start, start_id(rq));
  return 0;
}

// The kernel's new_encode_dev().
static __always_inline __u32 encode_device(struct gendisk* disk) {
  if (!disk) return 0;
  __u32 major = disk->major, minor = disk->first_minor;
  return (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
}

static __always_inline struct gendisk* disk_of(struct request* rq) {
  struct request___rq_disk* old = (void*)rq;
  return bpf_core_field_exists(old->rq_disk) ? old->rq_disk : rq->q->disk;
}

// Before 5.11 the tracepoints' first argument is the queue. Elsewhere the verifier refuses the access to a second one.
SEC("tp_btf/block_rq_insert")
int BPF_PROG(insert_queue_rq, void* q, struct request* rq) {
  return begin(rq, false);
}

SEC("tp_btf/block_rq_insert")
int BPF_PROG(insert_rq, struct request* rq) {
  return begin(rq, false);
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(issue_queue_rq, void* q, struct request* rq) {
  return begin(rq, true);
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(issue_rq, struct request* rq) {
  return begin(rq, true);
}

SEC("tp_btf/block_rq_merge")
int BPF_PROG(merge_queue_rq, void* q, struct request* rq) {
  return forget(rq);
}

SEC("tp_btf/block_rq_merge")
int BPF_PROG(merge_rq, struct request* rq) {
  return forget(rq);
}

// Fires for each part that a device completes alone: the last one counts. A write that needs flushes fires once more
// when all is done, then without bytes; the flush is a request of its own.
SEC("tp_btf/block_rq_complete")
int BPF_PROG(complete_rq, struct request* rq, int error, unsigned int bytes) {
  __u32 operation = rq->cmd_flags & REQ_OP_MASK;
  if (bytes < rq->__data_len || (!bytes && operation <= REQ_OP_WRITE)) return 0;
  __u64 since = own_start(rq) ?: end_start(start, start_id(rq));
  if (!since) return 0;
  __u64 us = ns_to_us_ceil(bpf_ktime_get_ns() - since);
  struct bio_latency_key key = {.device = encode_device(disk_of(rq)), .operation = operation};
  observe(bio_latency_seconds, &key, log2_ceil(us), LAST_BUCKET, us);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
