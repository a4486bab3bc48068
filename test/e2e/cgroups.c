// SPDX-License-Identifier: Apache-2.0
// cgroups ID PARENT COUNT SECONDS ALIVE: makes COUNT cgroups below PARENT in SECONDS, counts 1 under the id of each
// in the BPF map of that ID (u64 -> u64), and removes each when there are ALIVE younger ones; at the end all.
// cgroups ID: removes all counts of that map, as programs do that are told when a cgroup is removed.
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

static int end(const char *what) {
  perror(what);
  return 1;
}

static int forget(int fd) {
  __u64 key;
  while (!bpf_map_get_next_key(fd, NULL, &key))
    if (bpf_map_delete_elem(fd, &key)) return end("delete");
  return 0;
}

int main(int argc, char **argv) {
  if (argc == 2) return forget(bpf_map_get_fd_by_id(atoi(argv[1])));
  if (argc != 6) return 2;
  const int fd = bpf_map_get_fd_by_id(atoi(argv[1])), count = atoi(argv[3]), alive = atoi(argv[5]);
  const double start = now(), seconds = atof(argv[4]);
  const __u64 one = 1;
  char path[4096];
  for (int i = 0; i < count + alive; i++) {
    struct stat stat;
    snprintf(path, sizeof(path), "%s/c-%d", argv[2], i);
    if (i < count && (mkdir(path, 0755) || lstat(path, &stat))) return end(path);
    const __u64 id = stat.st_ino;
    if (i < count && bpf_map_update_elem(fd, &id, &one, BPF_NOEXIST)) return end(argv[1]);
    snprintf(path, sizeof(path), "%s/c-%d", argv[2], i - alive);
    if (i >= alive && rmdir(path)) return end(path);
    while (i < count && now() - start < seconds * i / count) usleep(200);
  }
  printf("%.1f\n", now() - start);
  return 0;
}
