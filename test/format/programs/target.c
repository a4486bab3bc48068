// format-target TIMES [FIRST [RATE]]: calls format_call, which fires a USDT probe, with FIRST and the numbers after it.
// With RATE so many times a second, until SIGTERM at the latest; then prints how many calls there were.
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

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

__attribute__((noinline)) void format_call(int i) {
  DTRACE_PROBE1(format, fired, i);
}

int main(int argc, char **argv) {
  int times = argc > 1 ? atoi(argv[1]) : 1;
  int first = argc > 2 ? atoi(argv[2]) : 0;
  double rate = argc > 3 ? atof(argv[3]) : 0, start = now();
  int i = 0;
  signal(SIGTERM, end);
  for (; i < times && !ended; i++) {
    format_call(first + i);
    while (rate > 0 && i % BURST == 0 && !ended && now() - start < i / rate) usleep(200);
  }
  if (rate > 0) printf("%d %.0f\n", i, i / (now() - start));
  return 0;
}
