#pragma once

#include <napi.h>

namespace bpf {

// Functions about this kernel, without an object: probes, BTF, totals.
void DefineKernelInfo(Napi::Env env, Napi::Object exports);

}  // namespace bpf
