// What the event programs share. Each makes an event happen a known number of times and prints what it knows of it as
// one line of JSON. They call no malloc, so that the one that does is exact.
#pragma once
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096

static inline void say(int fd, const char *format, ...) {
  char line[512];
  va_list arguments;
  va_start(arguments, format);
  int length = vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  if (write(fd, line, length) != length) _exit(1);
}

// Ends the program when result is negative.
static inline int must(int result, const char *what) {
  if (result >= 0) return result;
  say(2, "%s: %s\n", what, strerror(errno));
  _exit(1);
}

static inline int64_t now_us(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static inline void pin(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  must(sched_setaffinity(0, sizeof set, &set), "sched_setaffinity");
}

// Moves this process into a cgroup, named by its folder.
static inline void join(const char *cgroup) {
  char path[4096];
  snprintf(path, sizeof path, "%s/cgroup.procs", cgroup);
  int file = must(open(path, O_WRONLY | O_CLOEXEC), path);
  must(write(file, "0", 1), path);
  close(file);
}

// A TCP socket that listens on a free port of the loopback; address is filled in.
static inline int listen_on_loopback(struct sockaddr_in *address, int backlog) {
  socklen_t length = sizeof *address;
  *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int listener = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  must(bind(listener, (struct sockaddr *)address, length), "bind");
  must(listen(listener, backlog), "listen");
  must(getsockname(listener, (struct sockaddr *)address, &length), "getsockname");
  return listener;
}

static inline int connect_to(const struct sockaddr_in *address) {
  int client = must(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  must(connect(client, (const struct sockaddr *)address, sizeof *address), "connect");
  return client;
}
