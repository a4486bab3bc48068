// hardware CONFIG: says whether this machine counts that hardware event (type 0), by trying: {"error":0} or an errno.
#include "event.h"
#include <linux/perf_event.h>
#include <sys/syscall.h>

int main(int argc, char **argv) {
  struct perf_event_attr attr = {.type = PERF_TYPE_HARDWARE, .size = sizeof attr};
  attr.config = argc > 1 ? atoi(argv[1]) : 0;
  attr.freq = 1;
  attr.sample_freq = 99;
  int event = syscall(SYS_perf_event_open, &attr, -1, 0, -1, PERF_FLAG_FD_CLOEXEC);
  say(1, "{\"error\":%d}\n", event < 0 ? errno : 0);
}
