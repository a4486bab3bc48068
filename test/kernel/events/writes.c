// writes DEVICE COUNT: COUNT writes of 4 KiB past the page cache, each on the disk before the next.
#include "event.h"

int main(int argc, char **argv) {
  static char block[PAGE] __attribute__((aligned(PAGE)));
  if (argc != 3) return 2;
  int count = atoi(argv[2]);
  int device = must(open(argv[1], O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC), argv[1]);
  int64_t start = now_us();
  for (int i = 0; i < count; i++) must(pwrite(device, block, PAGE, (off_t)i * PAGE), "pwrite");
  say(1, "{\"writes\":%d,\"elapsed\":%lld}\n", count, (long long)(now_us() - start));
}
