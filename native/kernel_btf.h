#pragma once

#include <bpf/btf.h>
#include <napi.h>

#include <memory>
#include <string>

namespace bpf {

struct BtfDeleter {
  void operator()(btf* types) const { btf__free(types); }
};

// The kernel's own BTF (or that of a file), parsed at the first question. It is some MiB: released by kernel-btf.ts
// when the questions are over.
class KernelBtf {
 public:
  // Null when there is none; the reason is in errno then.
  const btf* Get(const std::string& path);
  void Release();

  // Adds the functions that ask it, for kernel-btf.ts.
  static void Define(Napi::Env env, Napi::Object exports);

 private:
  std::unique_ptr<btf, BtfDeleter> types_;
  std::string path_;
};

}  // namespace bpf
