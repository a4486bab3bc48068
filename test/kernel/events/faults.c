// faults CPU COUNT: on this CPU, touches COUNT fresh pages, each with a minor fault.
#include "event.h"
#include <sys/mman.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int count = atoi(argv[2]);
  pin(atoi(argv[1]));
  int64_t start = now_us();
  for (int i = 0; i < count; i++) {
    volatile char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (page == MAP_FAILED) must(-1, "mmap");
    *page = 1;
    munmap((void *)page, PAGE);
  }
  say(1, "{\"faults\":%d,\"elapsed\":%lld}\n", count, (long long)(now_us() - start));
}
