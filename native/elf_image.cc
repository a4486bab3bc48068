#include "elf_image.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <bit>

namespace bpf {
namespace {

constexpr size_t kMaxFileBytes = 64 * 1024 * 1024;
constexpr unsigned char kNativeData = std::endian::native == std::endian::little ? ELFDATA2LSB : ELFDATA2MSB;

int ReadAll(int fd, std::vector<uint8_t>* bytes) {
  struct stat status = {};
  if (fstat(fd, &status) != 0) return errno;
  if (S_ISDIR(status.st_mode)) return EISDIR;
  if (!S_ISREG(status.st_mode)) return EINVAL;
  if (static_cast<size_t>(status.st_size) > kMaxFileBytes) return EFBIG;
  bytes->resize(static_cast<size_t>(status.st_size));
  size_t done = 0;
  while (done < bytes->size()) {
    const ssize_t got = read(fd, bytes->data() + done, bytes->size() - done);
    if (got < 0 && errno != EINTR) return errno;
    if (got == 0) break;
    if (got > 0) done += static_cast<size_t>(got);
  }
  bytes->resize(done);
  return 0;
}

}  // namespace

int ElfImage::ReadFile(const std::string& file, std::vector<uint8_t>* bytes) {
  // Non-blocking: the open of a FIFO without a writer must not hang.
  const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return errno;
  const int error = ReadAll(fd, bytes);
  close(fd);
  return error;
}

template <typename T>
T ElfImage::Read(uint64_t offset) const {
  T value;
  memcpy(&value, bytes_.data() + offset, sizeof(T));
  return value;
}

std::string_view ElfImage::String(const Elf64_Shdr& table, uint64_t offset) const {
  if (offset >= table.sh_size) return {};
  return reinterpret_cast<const char*>(bytes_.data() + table.sh_offset + offset);
}

std::optional<std::string> ElfImage::HeaderFault() {
  if (bytes_.size() < sizeof(Elf64_Ehdr) || memcmp(bytes_.data(), ELFMAG, SELFMAG) != 0) return "not an ELF file";
  header_ = Read<Elf64_Ehdr>(0);
  if (header_.e_ident[EI_CLASS] != ELFCLASS64) return "not a 64-bit ELF file";
  if (header_.e_ident[EI_DATA] != kNativeData) return "of the other byte order";
  // Old compilers left the machine empty.
  if (header_.e_machine != EM_BPF && header_.e_machine != EM_NONE)
    return "an ELF file for another machine, not for BPF";
  if (header_.e_type != ET_REL) return "not a relocatable object";
  if (header_.e_shentsize != sizeof(Elf64_Shdr) || header_.e_shnum == 0) return "no section headers";
  const uint64_t table_bytes = uint64_t{header_.e_shnum} * sizeof(Elf64_Shdr);
  if (!Holds(header_.e_shoff, table_bytes)) return "cut short: section headers end beyond the file";
  if (header_.e_shstrndx >= header_.e_shnum) return "no section names";
  for (size_t i = 0; i < header_.e_shnum; i++) {
    sections_.push_back(Read<Elf64_Shdr>(header_.e_shoff + i * sizeof(Elf64_Shdr)));
  }
  if (sections_[header_.e_shstrndx].sh_type != SHT_STRTAB) return "section names are not a string table";
  return std::nullopt;
}

std::optional<std::string> ElfImage::SectionFault(size_t index) const {
  const Elf64_Shdr& section = sections_[index];
  const std::string which = "section " + std::to_string(index);
  if (section.sh_size > kMaxFileBytes) return which + " is too large";
  if (section.sh_type == SHT_NOBITS || section.sh_type == SHT_NULL) return std::nullopt;
  if (!Holds(section.sh_offset, section.sh_size)) return which + " ends beyond the file";
  if (section.sh_name >= sections_[header_.e_shstrndx].sh_size) return which + " has no name";
  if (section.sh_type != SHT_STRTAB) return std::nullopt;
  const bool terminated = section.sh_size > 0 && bytes_[section.sh_offset + section.sh_size - 1] == 0;
  return terminated ? std::nullopt : std::optional(which + " is a string table without an end");
}

std::optional<std::string> ElfImage::SymbolFault(const Elf64_Shdr& table) const {
  const bool sound = table.sh_entsize == sizeof(Elf64_Sym) && table.sh_size % sizeof(Elf64_Sym) == 0;
  if (!sound || table.sh_link >= sections_.size()) return "damaged symbol table";
  const Elf64_Shdr& names = sections_[table.sh_link];
  if (names.sh_type != SHT_STRTAB) return "symbol table without names";
  for (uint64_t at = 0; at < table.sh_size; at += sizeof(Elf64_Sym)) {
    const auto symbol = Read<Elf64_Sym>(table.sh_offset + at);
    if (symbol.st_name >= names.sh_size) return "a symbol without a name";
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_shndx >= SHN_LORESERVE) continue;
    if (symbol.st_shndx >= sections_.size()) return "a symbol of a section that is not there";
    const uint64_t size = sections_[symbol.st_shndx].sh_size;
    if (symbol.st_value > size || symbol.st_size > size - symbol.st_value) return "a symbol beyond its section";
    const bool function = ELF64_ST_TYPE(symbol.st_info) == STT_FUNC;
    if (function && symbol.st_size == 0) return "a function without instructions";
  }
  return std::nullopt;
}

std::optional<std::string> ElfImage::RelocationFault(const Elf64_Shdr& table) const {
  const bool sound = table.sh_entsize == sizeof(Elf64_Rel) && table.sh_size % sizeof(Elf64_Rel) == 0;
  if (!sound || table.sh_info >= sections_.size() || table.sh_link >= sections_.size()) return "damaged relocations";
  const Elf64_Shdr& symbols = sections_[table.sh_link];
  if (symbols.sh_type != SHT_SYMTAB) return "relocations without symbols";
  for (uint64_t at = 0; at < table.sh_size; at += sizeof(Elf64_Rel)) {
    const auto relocation = Read<Elf64_Rel>(table.sh_offset + at);
    const bool known = ELF64_R_SYM(relocation.r_info) < symbols.sh_size / sizeof(Elf64_Sym);
    if (!known || relocation.r_offset >= sections_[table.sh_info].sh_size) return "a relocation of nothing";
  }
  return std::nullopt;
}

std::optional<std::string> ElfImage::Fault() {
  auto fault = HeaderFault();
  for (size_t i = 0; !fault && i < sections_.size(); i++) fault = SectionFault(i);
  size_t symbol_tables = 0;
  for (size_t i = 0; !fault && i < sections_.size(); i++) {
    if (sections_[i].sh_type == SHT_SYMTAB) fault = SymbolFault(sections_[i]);
    if (sections_[i].sh_type == SHT_REL) fault = RelocationFault(sections_[i]);
    if (sections_[i].sh_type == SHT_SYMTAB && ++symbol_tables > 1) fault = "more than one symbol table";
  }
  return fault;
}

std::string_view ElfImage::Section(std::string_view name) const {
  for (const Elf64_Shdr& section : sections_) {
    if (section.sh_type == SHT_NOBITS || String(sections_[header_.e_shstrndx], section.sh_name) != name) continue;
    return {reinterpret_cast<const char*>(bytes_.data() + section.sh_offset), section.sh_size};
  }
  return {};
}

}  // namespace bpf
