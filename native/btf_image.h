#pragma once

#include <linux/btf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpf {

// The bytes of a .BTF section, checked before libbpf sees them: names that lie outside, types that contain themselves
// and numbers of types that are not there make older libbpf crash or hang.
class BtfImage {
 public:
  explicit BtfImage(std::string_view section) : bytes_(section) {}

  // What is wrong with it, in words.
  std::optional<std::string> Fault();

 private:
  std::optional<std::string> HeaderFault();
  std::optional<std::string> SplitTypes();
  // Of one type, and of what it refers to.
  std::optional<std::string> TypeFault(uint32_t id) const;
  bool RefersToKnown(uint32_t id) const;
  // Types contained by value: `visit` gets the number of each.
  template <typename Visit>
  bool EachContained(uint32_t id, Visit visit) const;
  bool NestsTooDeep(uint32_t id, int depth);

  template <typename T>
  T Read(uint64_t offset) const;
  btf_type Type(uint32_t id) const { return Read<btf_type>(offsets_[id]); }
  template <typename T>
  T Entry(uint32_t id, uint32_t index) const {
    return Read<T>(offsets_[id] + sizeof(btf_type) + index * sizeof(T));
  }
  bool Known(uint32_t id) const { return id < offsets_.size(); }
  bool Named(uint32_t name) const { return name < header_.str_len; }

  const std::string_view bytes_;
  btf_header header_ = {};
  // By number; 0 is void and has none.
  std::vector<uint64_t> offsets_;
  std::vector<bool> finite_;
};

}  // namespace bpf
