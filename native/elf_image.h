#pragma once

#include <elf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpf {

// The bytes of an ELF file with every offset checked before libbpf and libelf see them: neither survives all damaged
// files. Only what libbpf reads is looked at.
class ElfImage {
 public:
  // Reads a whole regular file. Returns 0 or an errno; EFBIG above 64 MiB.
  static int ReadFile(const std::string& file, std::vector<uint8_t>* bytes);

  explicit ElfImage(const std::vector<uint8_t>& bytes) : bytes_(bytes) {}

  // What is wrong with it, in words; nothing when it can be given to libbpf.
  std::optional<std::string> Fault();
  // After Fault() found nothing. Empty when there is no such section or it has no bytes in the file.
  std::string_view Section(std::string_view name) const;

 private:
  std::optional<std::string> HeaderFault();
  std::optional<std::string> SectionFault(size_t index) const;
  std::optional<std::string> SymbolFault(const Elf64_Shdr& table) const;
  std::optional<std::string> RelocationFault(const Elf64_Shdr& table) const;
  bool Holds(uint64_t offset, uint64_t size) const { return offset <= bytes_.size() && size <= bytes_.size() - offset; }
  // Of a string table that was checked; empty beyond its end.
  std::string_view String(const Elf64_Shdr& table, uint64_t offset) const;
  template <typename T>
  T Read(uint64_t offset) const;

  const std::vector<uint8_t>& bytes_;
  Elf64_Ehdr header_ = {};
  std::vector<Elf64_Shdr> sections_;
};

}  // namespace bpf
