// pages DEVICE COUNT: reads COUNT pages of an uncached block device one by one, without readahead, and writes each.
#include "event.h"
#include <linux/fs.h>
#include <sys/ioctl.h>

int main(int argc, char **argv) {
  static char page[PAGE];
  if (argc != 3) return 2;
  int count = atoi(argv[2]), device = must(open(argv[1], O_RDWR | O_CLOEXEC), argv[1]);
  must(ioctl(device, BLKFLSBUF), "BLKFLSBUF");
  must(posix_fadvise(device, 0, 0, POSIX_FADV_RANDOM), "fadvise");
  for (int i = 0; i < count; i++) must(pread(device, page, PAGE, (off_t)i * PAGE), "pread");
  for (int i = 0; i < count; i++) must(pwrite(device, page, PAGE, (off_t)i * PAGE), "pwrite");
  say(1, "{\"pages\":%d}\n", count);
}
