// SPDX-License-Identifier: Apache-2.0
// churn ID SECONDS KEYS: in the BPF map of that ID (u64 -> u64) keeps 100 stable keys, numbered from 1, and
// KEYS others that are replaced all the time, each by a number never used before. Prints how many inserts the kernel
// refused since the map was full.
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { STABLE = 100 };

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  const int fd = bpf_map_get_fd_by_id(atoi(argv[1]));
  const time_t end = time(NULL) + atoi(argv[2]);
  const __u64 keys = strtoull(argv[3], NULL, 10);
  __u64 next = 1000000, refused = 0, one = 1;
  if (fd < 0) {
    perror(argv[1]);
    return 1;
  }
  for (__u64 key = 1; key <= STABLE; key++) {
    if (bpf_map_update_elem(fd, &key, &key, BPF_ANY)) return 1;
  }
  while (time(NULL) < end) {
    __u64 gone = next - keys;
    if (gone >= 1000000) bpf_map_delete_elem(fd, &gone);
    if (bpf_map_update_elem(fd, &next, &one, BPF_NOEXIST)) refused += errno == E2BIG;
    next++;
  }
  printf("%llu %llu\n", (unsigned long long)(next - 1000000), (unsigned long long)refused);
  return 0;
}
