// SPDX-License-Identifier: Apache-2.0
// rounds NAME FIRST COUNT: in the newest BPF map called NAME (u64 id and char name[16] -> u64) replaces the COUNT keys
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

static int find_map(const char *name) {
  int found = -1;
  for (__u32 id = 0; bpf_map_get_next_id(id, &id) == 0;) {
    int fd = bpf_map_get_fd_by_id(id);
    struct bpf_map_info info = {};
    __u32 size = sizeof(info);
    if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && strncmp(info.name, name, 15) == 0) found = fd;
  }
  return found;
}

static struct key key_of(__u64 id) {
  struct key key = {.id = id};
  snprintf(key.name, sizeof(key.name), "n-%llu", (unsigned long long)id);
  return key;
}

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const int fd = find_map(argv[1]);
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
