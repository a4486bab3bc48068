#pragma once
#include <napi.h>

namespace bpf {

// releaseMemory(): see kernel.ts
Napi::Value ReleaseMemory(const Napi::CallbackInfo& info);

}  // namespace bpf
