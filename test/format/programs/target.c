// format-target TIMES [FIRST]: calls format_call, which fires a USDT probe, with FIRST and the numbers after it.
#include <stdlib.h>
#include <sys/sdt.h>

__attribute__((noinline)) void format_call(int i) {
  DTRACE_PROBE1(format, fired, i);
}

int main(int argc, char **argv) {
  int times = argc > 1 ? atoi(argv[1]) : 1;
  int first = argc > 2 ? atoi(argv[2]) : 0;
  for (int i = 0; i < times; i++) format_call(first + i);
  return 0;
}
