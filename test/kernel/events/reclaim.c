// reclaim FILE MIB CGROUP...: in these cgroups, whose limit is far below MIB, reads so much of FILE through the page
// cache. Every page beyond the limit has to be won from an older one.
#include "event.h"

int main(int argc, char **argv) {
  static char buffer[1 << 16];
  if (argc < 4) return 2;
  long bytes = atol(argv[2]) << 20, done = 0;
  int file = must(open(argv[1], O_RDONLY | O_CLOEXEC), argv[1]);
  for (int i = 3; i < argc; i++) join(argv[i]);
  int64_t start = now_us();
  while (done < bytes) {
    int count = must(pread(file, buffer, sizeof buffer, done), "pread");
    if (count == 0) break;
    done += count;
  }
  say(1, "{\"pages\":%ld,\"elapsed\":%lld}\n", done / PAGE, (long long)(now_us() - start));
}
