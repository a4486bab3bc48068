// timers COUNT: starts the keepalive timer of a connection (function tcp_keepalive_timer) COUNT times.
#include "event.h"

int main(int argc, char **argv) {
  struct sockaddr_in address;
  listen_on_loopback(&address, 1);
  int client = connect_to(&address), count = argc > 1 ? atoi(argv[1]) : 1, on = 1, off = 0;
  for (int i = 0; i < count; i++) {
    must(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on), "SO_KEEPALIVE");
    must(setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &off, sizeof off), "SO_KEEPALIVE");
  }
  say(1, "{\"timers\":%d}\n", count);
}
