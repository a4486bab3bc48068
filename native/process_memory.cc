#include "process_memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace bpf {
namespace {

// Executable mappings of files are never written: their pages can be mapped anew from the page cache at any time.
// Others are left alone: a read-only data mapping may hold relocations that are nowhere else.
void ForgetProgramText() {
  FILE* maps = fopen("/proc/self/maps", "re");
  if (maps == nullptr) return;
  char line[512];
  while (fgets(line, sizeof(line), maps) != nullptr) {
    uintptr_t start = 0;
    uintptr_t end = 0;
    unsigned long inode = 0;
    char mode[5] = "";
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*x %*s %lu", &start, &end, mode, &inode) != 4) continue;
    if (strcmp(mode, "r-xp") == 0 && inode != 0) madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
  }
  fclose(maps);
}

}  // namespace

Napi::Value ReleaseMemory(const Napi::CallbackInfo& info) {
  malloc_trim(0);
  ForgetProgramText();
  return info.Env().Undefined();
}

}  // namespace bpf
