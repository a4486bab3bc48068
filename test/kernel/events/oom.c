// oom CGROUP...: in these cgroups, takes memory until it is killed.
#include "event.h"
#include <sys/mman.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) join(argv[i]);
  for (long taken = 0; taken < 1L << 30; taken += 1 << 20) {
    char *block = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) must(-1, "mmap");
    for (int at = 0; at < 1 << 20; at += PAGE) ((volatile char *)block)[at] = 1;
  }
  say(2, "took 1 GiB and lives\n");
  return 1;
}
