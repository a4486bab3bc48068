#pragma once

#include <bpf/btf.h>
#include <napi.h>

namespace bpf {

// TypeLayout of index.ts for a type of this BTF; undefined for id 0 or an id that is not in it. The BTF comes from a
// file and may be hostile: depth and number of types are bounded, what is beyond shows as kind 'other'.
Napi::Value LayoutOf(Napi::Env env, const btf* btf, uint32_t type_id);

}  // namespace bpf
