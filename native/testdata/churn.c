// Adds and deletes {u64} -> u64 entries of the hash map at file descriptor 3 until its standard input ends: keys from
// FIRST on, WIDTH of them, so that keys below FIRST stay.
#include <bpf/bpf.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const uint64_t first = strtoull(argv[1], NULL, 10);
  const uint64_t width = strtoull(argv[2], NULL, 10);
  struct pollfd input = {.fd = 0, .events = POLLIN};
  for (uint64_t i = 0; (i & 255) != 0 || poll(&input, 1, 0) == 0; i++) {
    const uint64_t added = first + i % width;
    const uint64_t removed = first + (i + width / 2) % width;
    bpf_map_update_elem(3, &added, &added, BPF_ANY);
    bpf_map_delete_elem(3, &removed);
  }
  return 0;
}
