// programs COUNT: loads COUNT BPF programs of 4,000 instructions, prints how many bytes they take compiled, and holds
// them until stdin ends.
#include "event.h"
#include <linux/bpf.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#define INSTRUCTIONS 4000

static int bpf(int command, union bpf_attr *attr) {
  return syscall(SYS_bpf, command, attr, sizeof *attr);
}

static int load(void) {
  static struct bpf_insn code[INSTRUCTIONS];
  code[0] = (struct bpf_insn){.code = BPF_ALU64 | BPF_MOV | BPF_K};
  for (int i = 1; i < INSTRUCTIONS - 1; i++)
    code[i] = (struct bpf_insn){.code = BPF_ALU64 | BPF_XOR | BPF_K, .imm = 0x12345678 + i};
  code[INSTRUCTIONS - 1] = (struct bpf_insn){.code = BPF_JMP | BPF_EXIT};
  union bpf_attr attr = {.prog_type = BPF_PROG_TYPE_SOCKET_FILTER, .insn_cnt = INSTRUCTIONS};
  attr.insns = (uintptr_t)code;
  attr.license = (uintptr_t)"GPL";
  return must(bpf(BPF_PROG_LOAD, &attr), "BPF_PROG_LOAD");
}

static unsigned compiled_bytes(int program) {
  struct bpf_prog_info info = {};
  union bpf_attr attr = {.info = {.bpf_fd = program, .info_len = sizeof info, .info = (uintptr_t)&info}};
  must(bpf(BPF_OBJ_GET_INFO_BY_FD, &attr), "BPF_OBJ_GET_INFO_BY_FD");
  return info.jited_prog_len;
}

int main(int argc, char **argv) {
  unsigned bytes = 0;
  struct rlimit all = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &all);  // what programs count against before 5.11, if it may
  int count = argc > 1 ? atoi(argv[1]) : 1;
  for (int i = 0; i < count; i++) bytes += compiled_bytes(load());
  say(1, "{\"programs\":%d,\"bytes\":%u}\n", count, bytes);
  char end;
  while (read(0, &end, 1) > 0) continue;
}
