// format-target N: calls format_call and fires its USDT probe N times.
#include <stdlib.h>
#include <sys/sdt.h>

__attribute__((noinline)) void format_call(int i) {
  DTRACE_PROBE1(format, fired, i);
}

int main(int argc, char **argv) {
  int times = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < times; i++) format_call(i);
  return 0;
}
