// mallocs CGROUP COUNT: in the cgroup, calls malloc COUNT times.
#include "event.h"

int main(int argc, char **argv) {
  void *volatile block = NULL;
  if (argc != 3) return 2;
  int count = atoi(argv[2]);
  join(argv[1]);
  for (int i = 0; i < count; i++) {
    block = malloc(64);
    free(block);
  }
  say(1, "{\"mallocs\":%d}\n", count);
  _exit(0);
}
