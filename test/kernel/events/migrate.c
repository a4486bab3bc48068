// migrate CGROUP COUNT: in the cgroup, moves itself COUNT times from one CPU to the other.
#include "event.h"

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int count = atoi(argv[2]);
  pin(0);
  join(argv[1]);
  for (int i = 1; i <= count; i++) pin(i % 2);
  say(1, "{\"moves\":%d}\n", count);
  _exit(0);
}
