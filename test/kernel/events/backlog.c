// backlog COUNT: COUNT connections to a listener that accepts none of them: the last ACK of number i finds i in the
// queue, from 0.
#include "event.h"

int main(int argc, char **argv) {
  struct sockaddr_in address;
  int count = argc > 1 ? atoi(argv[1]) : 1;
  listen_on_loopback(&address, count + 1);
  for (int i = 0; i < count; i++) connect_to(&address);
  say(1, "{\"connections\":%d}\n", count);
}
