// The least that a read of a map can cost: BPF_MAP_LOOKUP_BATCH of the map at file descriptor 3 into two arrays, ROUNDS
// times. Prints the fastest round in nanoseconds.
#include <bpf/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static uint64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ull + time.tv_nsec;
}

static uint32_t read_all(void* keys, uint64_t* values, uint32_t room) {
  uint32_t rows = room;
  uint64_t position[8];
  // ENOENT: that was all.
  return bpf_map_lookup_batch(3, NULL, position, keys, values, &rows, NULL) == -2 ? rows : 0;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  const uint32_t key_size = atoi(argv[1]), value_size = atoi(argv[2]), room = atoi(argv[3]);
  void* keys = calloc(room, key_size);
  uint64_t* values = calloc(room, value_size);
  uint64_t best = UINT64_MAX;
  for (int round = atoi(argv[4]); round > 0; round--) {
    const uint64_t start = now();
    if (read_all(keys, values, room) == 0) return 1;
    const uint64_t taken = now() - start;
    if (taken < best) best = taken;
  }
  printf("%llu\n", (unsigned long long)best);
  return 0;
}
