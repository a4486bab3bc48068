// The first process of a guest, linked statically. It loads the modules of the initramfs in the order of their names,
// makes a root of the shared folder (read-only) under a tmpfs, runs /command there by /bin/sh, hands its output and
// its exit status to the host by two virtio ports, and powers off. Any step that fails ends the guest with a message
// on the console; the host then finds no exit status.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static void stop(void) {
  sync();
  reboot(RB_POWER_OFF);
  _exit(1);
}

static void must(int result, const char *what) {
  if (result >= 0) return;
  fprintf(stderr, "harness: %s: %s\n", what, strerror(errno));
  stop();
}

static void mount_on(const char *type, const char *source, const char *path, unsigned long flags, const char *data) {
  mkdir(path, 0755);
  must(mount(source, path, type, flags, data), path);
}

// A module may be built in or need another that is: what the root needs is found out by mounting it.
static void load_modules(void) {
  glob_t found;
  if (glob("/mod/*.ko", 0, NULL, &found) != 0) return;
  for (size_t i = 0; i < found.gl_pathc; i++) {
    int file = open(found.gl_pathv[i], O_RDONLY | O_CLOEXEC);
    if (syscall(SYS_finit_module, file, "", 0) < 0 && errno != EEXIST)
      fprintf(stderr, "harness: %s: %s\n", found.gl_pathv[i], strerror(errno));
    close(file);
  }
  globfree(&found);
}

// Makes the folder and those above it, and hides what the layer below has in its place: some virtiofsd show a mount of
// the host as a mount point, and overlay refuses to look at one.
static void make_opaque(const char *upper, const char *path) {
  char folder[4096];
  snprintf(folder, sizeof folder, "%s%s", upper, path);
  for (char *slash = strchr(folder + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(folder, 0755);
    *slash = '/';
  }
  mkdir(folder, 0755);
  must(setxattr(folder, "trusted.overlay.opaque", "y", 1, 0), folder);
}

// A share, read-only, under a layer in memory that takes what is written. tmpfs /up holds the layers.
static void mount_share(const char *tag, const char *path) {
  char lower[64], upper[64], work[64], options[256];
  snprintf(lower, sizeof lower, "/up/%s", tag);
  snprintf(upper, sizeof upper, "/up/%s-upper", tag);
  snprintf(work, sizeof work, "/up/%s-work", tag);
  snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
  mkdir(upper, 0755);
  mkdir(work, 0755);
  mount_on("virtiofs", tag, lower, MS_RDONLY, NULL);
  mount_on("overlay", tag, path, 0, options);
}

static void make_root(const char *repository) {
  char path[4096];
  snprintf(path, sizeof path, "/root%s", repository);
  mount_on("tmpfs", "up", "/up", 0, NULL);
  mkdir("/up/host-upper", 0755);
  for (const char *const *dir = (const char *const[]){"/proc", "/sys", "/dev", "/run", NULL}; *dir; dir++)
    make_opaque("/up/host-upper", *dir);
  make_opaque("/up/host-upper", repository);
  mount_share("host", "/root");
  mount_share("repository", path);
  for (const char *const *dir = (const char *const[]){"proc", "sys", "dev", NULL}; *dir; dir++) {
    char from[16], to[16];
    snprintf(from, sizeof from, "/%s", *dir);
    snprintf(to, sizeof to, "/root/%s", *dir);
    must(mount(from, to, NULL, MS_MOVE, NULL), to);
  }
  must(chdir("/root"), "/root");
  must(mount(".", "/", NULL, MS_MOVE, NULL), "the new root");
  must(chroot("."), "chroot");
}

static void mount_the_rest(void) {
  mkdir("/dev/pts", 0755);
  mkdir("/dev/shm", 01777);
  mount_on("devpts", "devpts", "/dev/pts", 0, NULL);
  mount_on("tmpfs", "shm", "/dev/shm", 0, NULL);
  mount_on("tmpfs", "run", "/run", 0, NULL);
  mount_on("cgroup2", "cgroup2", "/sys/fs/cgroup", 0, NULL);
  mount_on("bpf", "bpf", "/sys/fs/bpf", 0, NULL);
  mount_on("debugfs", "debugfs", "/sys/kernel/debug", 0, NULL);
  mount_on("tracefs", "tracefs", "/sys/kernel/tracing", 0, NULL);
  symlink("/proc/self/fd", "/dev/fd");
}

static void loopback_up(void) {
  struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP | IFF_RUNNING};
  int sock = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  must(ioctl(sock, SIOCSIFFLAGS, &request), "lo");
  close(sock);
}

// The first number in a port's name is that of its device; the host announces ports some time after the driver's start.
static int open_port(const char *pattern) {
  int port = -1;
  for (int tries = 0; port < 0 && tries < 500; tries++) {
    glob_t found;
    if (tries > 0) usleep(10000);
    if (glob(pattern, 0, NULL, &found) != 0) continue;
    port = open(found.gl_pathv[0], O_WRONLY | O_CLOEXEC);
    globfree(&found);
  }
  must(port, pattern);
  return port;
}

// Blocks until the host has taken all of it.
static void hand_over(int port, const char *bytes, ssize_t count) {
  while (count > 0) {
    ssize_t written = write(port, bytes, count);
    must(written, "port");
    bytes += written;
    count -= written;
  }
}

// Copies until the command has ended and nothing is left; processes that it left behind may keep the pipe open.
static int copy_output(int pipe, int port, pid_t command) {
  char buffer[65536];
  int status = 0, ended = 0;
  for (;;) {
    struct pollfd ready = {.fd = pipe, .events = POLLIN};
    ssize_t count = poll(&ready, 1, ended ? 0 : 20) > 0 ? read(pipe, buffer, sizeof buffer) : 0;
    if (count > 0) hand_over(port, buffer, count);
    else if (ended) return status;
    else ended = waitpid(command, &status, WNOHANG) == command;
  }
}

static int run_command(int script, int port) {
  int ends[2];
  must(pipe2(ends, O_CLOEXEC), "pipe");
  pid_t command = fork();
  must(command, "fork");
  if (command == 0) {
    setsid();
    dup2(open("/dev/null", O_RDONLY), 0);
    dup2(ends[1], 1);
    dup2(ends[1], 2);
    // /proc/self/fd, since the script stands outside of the new root.
    char path[32];
    snprintf(path, sizeof path, "/proc/self/fd/%d", script);
    execl("/bin/sh", "sh", path, NULL);
    perror("harness: /bin/sh");
    _exit(127);
  }
  close(ends[1]);
  int status = copy_output(ends[0], port, command);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int main(void) {
  mount_on("devtmpfs", "dev", "/dev", 0, NULL);
  int console = open("/dev/console", O_RDWR);
  for (int fd = 0; fd < 3; fd++) dup2(console, fd);
  mount_on("proc", "proc", "/proc", 0, NULL);
  mount_on("sysfs", "sys", "/sys", 0, NULL);
  load_modules();
  int script = open("/command", O_RDONLY);
  must(script, "/command");
  const char *repository = getenv("repository");
  must(repository ? 0 : -1, "repository= on the command line");
  make_root(repository);
  mount_the_rest();
  loopback_up();
  sethostname("guest", 5);
  setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);

  int output = open_port("/dev/vport*p1"), result = open_port("/dev/vport*p2");
  int status = run_command(script, output);
  char text[16];
  hand_over(result, text, snprintf(text, sizeof text, "%d\n", status));
  stop();
}
