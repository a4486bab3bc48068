// accepts COUNT DELAY_MS: COUNT connections to a port of its own, each accepted DELAY_MS after it came. Prints the
// port and for each connection, in microseconds, between which two durations its wait must have been.
#include "event.h"

int main(int argc, char **argv) {
  struct sockaddr_in address;
  if (argc != 3) return 2;
  int count = atoi(argv[1]), delay = atoi(argv[2]) * 1000, listener = listen_on_loopback(&address, 8);
  say(1, "{\"port\":%d,\"waits\":[", ntohs(address.sin_port));
  for (int i = 0; i < count; i++) {
    int64_t before = now_us();
    int client = connect_to(&address);
    int64_t connected = now_us();
    usleep(delay);
    int64_t asked = now_us();
    int server = must(accept(listener, NULL, NULL), "accept");
    say(1, "%s[%lld,%lld]", i ? "," : "", (long long)(asked - connected), (long long)(now_us() - before));
    close(server);
    close(client);
  }
  say(1, "]}\n");
}
