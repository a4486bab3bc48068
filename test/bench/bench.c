// SPDX-License-Identifier: Apache-2.0
// bench fill KIND NAME N: fills the newest map called NAME with N keys of a kind.
// bench floor KIND NAME RUNS: the floor that the agent is measured against: a batched read of the same map and printf
// of the same text to a memory buffer, RUNS times. Prints the median wall and CPU milliseconds of a run, and the text's
// bytes.
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct labels_key {
  __u32 pid, device;
  char comm[16];
};
struct ksym_key {
  __u64 function;
  __u32 cpu, device;
};
struct bucket_key {
  __u32 device, operation;
  __u64 bucket;
};
union key {
  struct labels_key labels;
  struct ksym_key ksym;
  struct bucket_key bucket;
};

enum { BUCKETS = 28, SYMBOLS = 10000, CHUNK = 1 << 16 };
static struct {
  __u64 address;
  char name[64];
} symbols[SYMBOLS];
static int symbol_count, cpus;

static void die(const char *what) {
  fprintf(stderr, "bench: %s: %s\n", what, strerror(errno));
  exit(1);
}

static int find_map(const char *name, struct bpf_map_info *info) {
  int found = -1;
  for (__u32 id = 0; bpf_map_get_next_id(id, &id) == 0;) {
    int fd = bpf_map_get_fd_by_id(id);
    struct bpf_map_info candidate = {};
    __u32 size = sizeof(candidate);
    if (fd < 0 || bpf_obj_get_info_by_fd(fd, &candidate, &size) || strncmp(candidate.name, name, 15)) continue;
    *info = candidate;
    found = fd;
  }
  if (found < 0) die(name);
  return found;
}

static void read_symbols(void) {
  FILE *file = fopen("/proc/kallsyms", "r");
  unsigned long long address;
  char type, name[64];
  while (symbol_count < SYMBOLS && fscanf(file, "%llx %c %63s%*[^\n]", &address, &type, name) == 3) {
    if ((type | 32) != 't' || (symbol_count && symbols[symbol_count - 1].address == address)) continue;
    symbols[symbol_count].address = address;
    strcpy(symbols[symbol_count++].name, name);
  }
  fclose(file);
}

static size_t make_key(char kind, __u32 i, void *to) {
  memset(to, 0, sizeof(union key));
  if (kind == 'k') {
    *(struct ksym_key *)to = (struct ksym_key){symbols[i % symbol_count].address, i / symbol_count, 8 << 20};
    return sizeof(struct ksym_key);
  }
  if (kind == 'e') {
    *(struct bucket_key *)to = (struct bucket_key){i / (BUCKETS + 1), 1, i % (BUCKETS + 1)};
    return sizeof(struct bucket_key);
  }
  struct labels_key *key = to;
  key->pid = i;
  key->device = i % 64;
  snprintf(key->comm, sizeof(key->comm), "worker/%u", i % 1000);
  return sizeof(*key);
}

static void fill(int fd, char kind, __u32 n) {
  __u64 values[1024];
  char key[sizeof(union key)];
  for (__u32 i = 0; i < n; i++) {
    make_key(kind, i, key);
    for (int cpu = 0; cpu < cpus; cpu++) values[cpu] = 1000003ull * (i + 1) % 100000000 + cpu;
    if (bpf_map_update_elem(fd, key, values, BPF_ANY)) die("update");
  }
}

struct text {
  char *at, *start;
};

static void print_series(char kind, const void *key, __u64 value, struct text *text) {
  if (kind == 'k') {
    const struct ksym_key *k = key;
    const char *name = "?";
    int low = 0, high = symbol_count - 1;
    while (low <= high) {
      int middle = (low + high) / 2;
      if (symbols[middle].address == k->function) {
        name = symbols[middle].name;
        break;
      }
      if (symbols[middle].address < k->function) low = middle + 1;
      else high = middle - 1;
    }
    text->at += sprintf(text->at, "bench_ksym_total{function=\"%s\",cpu=\"%u\",device=\"%u\"} %llu\n", name, k->cpu,
                        k->device, value);
  } else {
    const struct labels_key *k = key;
    text->at += sprintf(text->at, "%s{pid=\"%u\",device=\"%u\",comm=\"%s\"} %llu\n",
                        kind == 'p' ? "bench_percpu_total" : "bench_hash_total", k->pid, k->device, k->comm, value);
  }
}

// Histograms come out of the kernel entry by entry: they are put together in a table first, as any exporter must.
static void print_histograms(const __u64 *table, __u32 devices, struct text *text) {
  for (__u32 device = 0; device < devices; device++) {
    const __u64 *row = table + (size_t)device * (BUCKETS + 1);
    __u64 cumulative = 0;
    for (int bucket = 0; bucket < BUCKETS; bucket++) {
      cumulative += row[bucket];
      text->at += sprintf(text->at, "bench_exp2_seconds_bucket{device=\"%u\",operation=\"1\",le=\"%g\"} %llu\n", device,
                          1e-6 * (1ull << bucket), cumulative);
    }
    text->at += sprintf(text->at, "bench_exp2_seconds_bucket{device=\"%u\",operation=\"1\",le=\"+Inf\"} %llu\n", device,
                        cumulative);
    text->at +=
        sprintf(text->at, "bench_exp2_seconds_sum{device=\"%u\",operation=\"1\"} %g\n", device, row[BUCKETS] * 1e-6);
    text->at += sprintf(text->at, "bench_exp2_seconds_count{device=\"%u\",operation=\"1\"} %llu\n", device, cumulative);
  }
}

static size_t scrape(int fd, char kind, const struct bpf_map_info *info, char *keys, __u64 *values, __u64 *table,
                     char *out) {
  struct text text = {out, out};
  __u32 devices = 0, batch, next, *in = NULL;
  const int per = kind == 'p' ? cpus : 1;
  for (int done = 0; !done;) {
    __u32 count = CHUNK;
    LIBBPF_OPTS(bpf_map_batch_opts, opts);
    if (bpf_map_lookup_batch(fd, in, &next, keys, values, &count, &opts)) {
      if (errno != ENOENT) die("lookup_batch");
      done = 1;
    }
    batch = next;
    in = &batch;
    for (__u32 i = 0; i < count; i++) {
      const void *key = keys + (size_t)i * info->key_size;
      __u64 value = 0;
      for (int cpu = 0; cpu < per; cpu++) value += values[(size_t)i * per + cpu];
      if (kind != 'e') {
        print_series(kind, key, value, &text);
        continue;
      }
      const struct bucket_key *k = key;
      table[(size_t)k->device * (BUCKETS + 1) + k->bucket] = value;
      if (k->device >= devices) devices = k->device + 1;
    }
  }
  if (kind == 'e') print_histograms(table, devices, &text);
  return text.at - text.start;
}

static double now(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static int ascending(const void *a, const void *b) {
  return (*(double *)a > *(double *)b) - (*(double *)a < *(double *)b);
}

static void floor_of(int fd, char kind, const struct bpf_map_info *info, int runs) {
  char *keys = malloc((size_t)CHUNK * info->key_size), *out = malloc((size_t)info->max_entries * 192);
  __u64 *values = malloc((size_t)CHUNK * 8 * cpus), *table = calloc((size_t)info->max_entries + BUCKETS + 1, 8);
  double wall[runs], cpu[runs];
  size_t bytes = 0;
  for (int run = -1; run < runs; run++) {
    double w = now(CLOCK_MONOTONIC), c = now(CLOCK_PROCESS_CPUTIME_ID);
    bytes = scrape(fd, kind, info, keys, values, table, out);
    if (run < 0) continue;
    wall[run] = now(CLOCK_MONOTONIC) - w;
    cpu[run] = now(CLOCK_PROCESS_CPUTIME_ID) - c;
  }
  qsort(wall, runs, sizeof(double), ascending);
  qsort(cpu, runs, sizeof(double), ascending);
  printf("{\"wall\":%.3f,\"cpu\":%.3f,\"bytes\":%zu}\n", wall[runs / 2], cpu[runs / 2], bytes);
}

int main(int argc, char **argv) {
  if (argc != 5) {
    fprintf(stderr, "usage: bench fill|floor KIND NAME N\n");
    return 2;
  }
  const char kind = argv[2][0];
  struct bpf_map_info info = {};
  cpus = libbpf_num_possible_cpus();
  if (cpus < 1 || cpus > 1024) die("possible CPUs");
  if (kind == 'k') read_symbols();
  int fd = find_map(argv[3], &info);
  if (!strcmp(argv[1], "fill")) fill(fd, kind, atoi(argv[4]));
  else floor_of(fd, kind, &info, atoi(argv[4]));
  return 0;
}
