// Fires its USDT probe as often as its argument says.
#include <stdlib.h>
#include <sys/sdt.h>

int main(int argc, char** argv) {
  const long times = argc > 1 ? atol(argv[1]) : 1;
  for (long i = 0; i < times; i++) DTRACE_PROBE1(testdata, tick, i);
  return 0;
}
