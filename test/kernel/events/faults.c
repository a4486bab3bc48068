// faults DEVICE CPU COUNT: on this CPU, touches COUNT pages of an uncached block device, each with a major fault.
#include "event.h"
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

int main(int argc, char **argv) {
  if (argc != 4) return 2;
  int count = atoi(argv[3]), device = must(open(argv[1], O_RDWR | O_CLOEXEC), argv[1]);
  must(ioctl(device, BLKFLSBUF), "BLKFLSBUF");
  char *pages = mmap(NULL, (size_t)count * PAGE, PROT_READ, MAP_SHARED, device, 0);
  if (pages == MAP_FAILED) must(-1, "mmap");
  must(madvise(pages, (size_t)count * PAGE, MADV_RANDOM), "madvise");
  pin(atoi(argv[2]));
  int64_t start = now_us();
  for (int i = 0; i < count; i++) (void)((volatile char *)pages)[(size_t)i * PAGE];
  say(1, "{\"faults\":%d,\"elapsed\":%lld}\n", count, (long long)(now_us() - start));
}
