#include "process_memory.h"

#include <malloc.h>
#include <sys/mman.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

namespace bpf {
namespace {

struct Mapping {
  uintptr_t start = 0;
  uintptr_t end = 0;
  bool text = false;
};

void Forget(const Mapping& mapping) {
  if (mapping.text) madvise(reinterpret_cast<void*>(mapping.start), mapping.end - mapping.start, MADV_DONTNEED);
}

// Executable mappings of files are never written by us: their pages can be mapped anew from the page cache at any time.
// A uprobe's breakpoint is a write, of the kernel: a mapping with such a page, which is told as anonymous, stays, or
// the probe would be gone. Others are left alone: a read-only data mapping may hold relocations that are nowhere else.
void ForgetProgramText() {
  FILE* maps = fopen("/proc/self/smaps", "re");
  if (maps == nullptr) return;
  char line[512];
  Mapping mapping;
  while (fgets(line, sizeof(line), maps) != nullptr) {
    Mapping next;
    unsigned long inode = 0;
    unsigned long anonymous = 0;
    char mode[5] = "";
    if (sscanf(line, "%" SCNxPTR "-%" SCNxPTR " %4s %*x %*s %lu", &next.start, &next.end, mode, &inode) == 4) {
      next.text = strcmp(mode, "r-xp") == 0 && inode != 0;
      mapping = next;
    } else if (sscanf(line, "Anonymous: %lu kB", &anonymous) == 1) {
      mapping.text = mapping.text && anonymous == 0;
    } else if (strncmp(line, "VmFlags:", 8) == 0) {
      Forget(mapping);
    }
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
