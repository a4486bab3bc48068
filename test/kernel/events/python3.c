// python3 MODULE FUNCTION COUNT: enters a function COUNT times as Python's probe function__entry tells it, with a
// semaphore as Python has one. Named like Python, so that it is found in its place.
#include "event.h"
#define _SDT_HAS_SEMAPHORES 1
#include <sys/sdt.h>

__extension__ volatile unsigned short python_function__entry_semaphore __attribute__((section(".probes")));

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[3]), fired = 0;
  for (int line = 0; line < count; line++) {
    if (!python_function__entry_semaphore) continue;
    STAP_PROBE3(python, function__entry, argv[1], argv[2], line);
    fired++;
  }
  say(1, "{\"fired\":%d}\n", fired);
}
