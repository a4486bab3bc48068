// format-target TIMES [FIRST [RATE]]: calls format_call, which fires two USDT probes, with FIRST and the numbers after
// it. With RATE so many times a second, until SIGTERM at the latest; then prints how many calls there were, how many a
// second, and the wall clock's nanoseconds right before and after the first one.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/sdt.h>
#include <time.h>
#include <unistd.h>

// Calls between two looks at the clock.
enum { BURST = 500 };

static volatile sig_atomic_t ended;

static void end(int signal) {
  ended = signal;
}

static long long nanoseconds(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static double now(void) {
  return nanoseconds(CLOCK_MONOTONIC) / 1e9;
}

__attribute__((noinline)) void format_call(int i) {
  DTRACE_PROBE1(format, fired, i);
  DTRACE_PROBE1(format, passed, i);
}

int main(int argc, char **argv) {
  int times = argc > 1 ? atoi(argv[1]) : 1;
  int first = argc > 2 ? atoi(argv[2]) : 0;
  double rate = argc > 3 ? atof(argv[3]) : 0, start = now();
  int i = 0;
  signal(SIGTERM, end);
  long long before = nanoseconds(CLOCK_REALTIME), after = before;
  for (; i < times && !ended; i++) {
    format_call(first + i);
    if (i == 0) after = nanoseconds(CLOCK_REALTIME);
    while (rate > 0 && i % BURST == 0 && !ended && now() - start < i / rate) usleep(200);
  }
  if (rate > 0) printf("%d %.0f %lld %lld\n", i, i / (now() - start), before, after);
  return 0;
}
