#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

#include "kernel_btf.h"

namespace bpf {

// What one environment (main thread or worker) has of its own. Freed with the environment.
struct AddonData {
  Napi::FunctionReference bpf_error;
  Napi::FunctionReference map_reader;
  Napi::FunctionReference event_stream;
  // Chunks of per-CPU values; shared by all readers, whose read() is synchronous.
  std::vector<uint8_t> scratch;
  KernelBtf kernel_btf;
};

}  // namespace bpf
