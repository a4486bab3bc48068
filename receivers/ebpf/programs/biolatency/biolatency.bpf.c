// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
//
// From a request's insertion into the queue, or its issue when it bypasses the queue, to its completion. A request
// that is put back keeps its start; one that is merged into another is not counted.

#include "bits.bpf.h"
#include "kernel.bpf.h"
#include "maps.bpf.h"

#define LAST_BUCKET 27
#define REQ_OP_MASK 0xff
#define EEXIST 17

struct bio_latency_key {
  __u32 device;
  __u32 operation;
  __u64 bucket;
};

// By request, while it is in flight; completion and merge delete. When it is full, further requests are not
// measured. A completion that the kernel hides from us (nested in another one) leaves its entry behind, which the
// next use of the same request takes over: requests are allocated once, so their number is bounded.
struct {
  __uint(type, BPF_MAP_TYPE_HASH);
  __uint(max_entries, 16384);
  __type(key, __u64);
  __type(value, __u64);
} start SEC(".maps");
COUNT_FAILURES(start);

// By device, operation and bucket: some 40 entries for a busy disk. When it is full, what has no entry yet is not
// counted.
struct {
  __uint(type, BPF_MAP_TYPE_PERCPU_HASH);
  __uint(max_entries, 4096);
  __type(key, struct bio_latency_key);
  __type(value, __u64);
} bio_latency_seconds SEC(".maps");
COUNT_FAILURES(bio_latency_seconds);

static __always_inline int begin(struct request* rq, __u64 flags) {
  __u64 key = (__u64)rq, now = bpf_ktime_get_ns();
  int err = bpf_map_update_elem(&start, &key, &now, flags);  // 5.10 leaves the upper half of a long undefined
  if (err && err != -EEXIST) count_failure(&start_failed);
  return 0;
}

static __always_inline int forget(struct request* rq) {
  __u64 key = (__u64)rq;
  bpf_map_delete_elem(&start, &key);
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
  return begin(rq, BPF_ANY);
}

SEC("tp_btf/block_rq_insert")
int BPF_PROG(insert_rq, struct request* rq) {
  return begin(rq, BPF_ANY);
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(issue_queue_rq, void* q, struct request* rq) {
  return begin(rq, BPF_NOEXIST);
}

SEC("tp_btf/block_rq_issue")
int BPF_PROG(issue_rq, struct request* rq) {
  return begin(rq, BPF_NOEXIST);
}

SEC("tp_btf/block_rq_merge")
int BPF_PROG(merge_queue_rq, void* q, struct request* rq) {
  return forget(rq);
}

SEC("tp_btf/block_rq_merge")
int BPF_PROG(merge_rq, struct request* rq) {
  return forget(rq);
}

SEC("tp_btf/block_rq_complete")
int BPF_PROG(complete_rq, struct request* rq) {
  __u64 request = (__u64)rq;
  __u64* found = bpf_map_lookup_elem(&start, &request);
  if (!found) return 0;
  __u64 since = *found, allocated = rq->start_time_ns;
  bpf_map_delete_elem(&start, &request);
  if (since < allocated) since = allocated;  // left behind by an earlier use of this request
  __u64 us = ns_to_us_ceil(bpf_ktime_get_ns() - since);
  struct bio_latency_key key = {.device = encode_device(disk_of(rq)), .operation = rq->cmd_flags & REQ_OP_MASK};
  observe(bio_latency_seconds, &key, log2_ceil(us), LAST_BUCKET, us);
  return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
