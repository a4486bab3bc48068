// clamps SEGMENTS: a receiver with a small receive buffer does not read; the sender sends SEGMENTS segments, or as many
// as go. Prints how many packets the receiver got.
#include "event.h"
#include <linux/tcp.h>

#define TCP_LEVEL 6

int main(int argc, char **argv) {
  static char segment[1400];
  struct sockaddr_in address;
  struct tcp_info info = {};
  socklen_t length = sizeof info;
  int small = 8192, on = 1, sent = 0, count = argc > 1 ? atoi(argv[1]) : 1;
  int listener = listen_on_loopback(&address, 1);
  must(setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small), "SO_RCVBUF");
  int client = connect_to(&address), server = must(accept(listener, NULL, NULL), "accept");
  must(setsockopt(client, TCP_LEVEL, TCP_NODELAY, &on, sizeof on), "TCP_NODELAY");
  while (sent < count && send(client, segment, sizeof segment, MSG_DONTWAIT) == sizeof segment)
    sent += usleep(1000) == 0;
  usleep(500000);  // for the window probes, which count too
  must(getsockopt(server, TCP_LEVEL, TCP_INFO, &info, &length), "TCP_INFO");
  say(1, "{\"sent\":%d,\"received\":%u,\"dataSegments\":%u}\n", sent, info.tcpi_segs_in, info.tcpi_data_segs_in);
}
