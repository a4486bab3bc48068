// operation getpid|timer|write|accept COUNT [DEVICE]: does it COUNT times and prints nanoseconds for one.
#include "event.h"
#include <sys/syscall.h>

static void do_getpid(int count) {
  for (int i = 0; i < count; i++) syscall(SYS_getpid);
}

// Starts a timer, and stops it: the second call has no probe.
static void do_timer(int count) {
  struct sockaddr_in address;
  int on = 1, off = 0;
  listen_on_loopback(&address, 1);
  int client = connect_to(&address);
  for (int i = 0; i < count; i++) {
    must(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), "SO_KEEPALIVE");
    must(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &off, sizeof off), "SO_KEEPALIVE");
  }
}

static void do_write(int count, const char *device) {
  static char block[PAGE] __attribute__((aligned(PAGE)));
  int file = must(open(device, O_RDWR | O_DIRECT | O_DSYNC | O_CLOEXEC), device);
  for (int i = 0; i < count; i++) must(pwrite(file, block, PAGE, (off_t)(i % 4096) * PAGE), "pwrite");
}

static void do_accept(int count) {
  struct sockaddr_in address;
  int listener = listen_on_loopback(&address, 8);
  for (int i = 0; i < count; i++) {
    int client = connect_to(&address), server = must(accept(listener, NULL, NULL), "accept");
    close(client);
    close(server);
  }
}

int main(int argc, char **argv) {
  if (argc < 3) return 2;
  int count = atoi(argv[2]);
  pin(0);
  int64_t start = now_us();
  if (!strcmp(argv[1], "getpid")) do_getpid(count);
  if (!strcmp(argv[1], "timer")) do_timer(count);
  if (!strcmp(argv[1], "accept")) do_accept(count);
  if (!strcmp(argv[1], "write") && argc > 3) do_write(count, argv[3]);
  say(1, "{\"ns\":%lld}\n", (long long)(now_us() - start) * 1000 / count);
}
