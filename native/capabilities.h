#pragma once

#include <napi.h>

namespace bpf {

// (bigint: capabilities to keep, one bit each) Every thread of the process loses all others, for good: from its
// permitted, effective, inheritable, ambient and, where it may, bounding set. Throws when a thread still has more after
// that.
Napi::Value KeepCapabilities(const Napi::CallbackInfo& info);

// (fd) Lets a descriptor live on when this process executes another program.
Napi::Value KeepOpen(const Napi::CallbackInfo& info);

}  // namespace bpf
