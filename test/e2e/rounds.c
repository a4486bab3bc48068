// SPDX-License-Identifier: Apache-2.0
// rounds ID FIRST COUNT: in the BPF map of that ID (u64 id and char name[16] -> u64) replaces the COUNT keys
// before FIRST by the COUNT keys from FIRST on.
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct key {
  __u64 id;
  char name[16];
};

static struct key key_of(__u64 id) {
  struct key key = {.id = id};
  snprintf(key.name, sizeof(key.name), "n-%llu", (unsigned long long)id);
  return key;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const int fd = bpf_map_get_fd_by_id(atoi(argv[1]));
  const __u64 first = strtoull(argv[2], NULL, 10), count = strtoull(argv[3], NULL, 10), one = 1;
  for (__u64 id = first; id < first + count; id++) {
    const struct key gone = key_of(id - count), next = key_of(id);
    if (bpf_map_delete_elem(fd, &gone) && errno != ENOENT) break;
    if (bpf_map_update_elem(fd, &next, &one, BPF_NOEXIST)) break;
    if (id + 1 == first + count) return 0;
  }
  perror(argv[1]);
  return 1;
}
