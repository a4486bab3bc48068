#include "btf_image.h"

#include <string.h>

namespace bpf {
namespace {

constexpr int kMaxNesting = 64;
constexpr uint32_t kMaxTypes = 1u << 20;

uint32_t Kind(const btf_type& type) { return BTF_INFO_KIND(type.info); }
uint32_t Length(const btf_type& type) { return BTF_INFO_VLEN(type.info); }

// Bytes that follow a type, by its kind; nothing for an unknown kind.
std::optional<size_t> BytesAfter(const btf_type& type) {
  switch (Kind(type)) {
    case BTF_KIND_INT:
    case BTF_KIND_VAR:
    case BTF_KIND_DECL_TAG:
      return sizeof(uint32_t);
    case BTF_KIND_ARRAY:
      return sizeof(btf_array);
    case BTF_KIND_STRUCT:
    case BTF_KIND_UNION:
      return Length(type) * sizeof(btf_member);
    case BTF_KIND_ENUM:
      return Length(type) * sizeof(btf_enum);
    case BTF_KIND_ENUM64:
      return Length(type) * sizeof(btf_enum64);
    case BTF_KIND_FUNC_PROTO:
      return Length(type) * sizeof(btf_param);
    case BTF_KIND_DATASEC:
      return Length(type) * sizeof(btf_var_secinfo);
    case BTF_KIND_PTR:
    case BTF_KIND_FWD:
    case BTF_KIND_TYPEDEF:
    case BTF_KIND_VOLATILE:
    case BTF_KIND_CONST:
    case BTF_KIND_RESTRICT:
    case BTF_KIND_FUNC:
    case BTF_KIND_FLOAT:
    case BTF_KIND_TYPE_TAG:
      return 0;
    default:
      return std::nullopt;
  }
}

bool IsQualifier(uint32_t kind) {
  return kind == BTF_KIND_TYPEDEF || kind == BTF_KIND_VOLATILE || kind == BTF_KIND_CONST || kind == BTF_KIND_RESTRICT ||
         kind == BTF_KIND_TYPE_TAG;
}

bool RefersByItself(uint32_t kind) {
  return IsQualifier(kind) || kind == BTF_KIND_PTR || kind == BTF_KIND_FUNC || kind == BTF_KIND_FUNC_PROTO ||
         kind == BTF_KIND_VAR || kind == BTF_KIND_DECL_TAG;
}

}  // namespace

template <typename T>
T BtfImage::Read(uint64_t offset) const {
  T value;
  memcpy(&value, bytes_.data() + offset, sizeof(T));
  return value;
}

std::optional<std::string> BtfImage::HeaderFault() {
  if (bytes_.size() < sizeof(btf_header)) return "BTF is cut short";
  header_ = Read<btf_header>(0);
  if (header_.magic != BTF_MAGIC || header_.hdr_len < sizeof(btf_header)) return "BTF has a damaged header";
  const uint64_t types_end = uint64_t{header_.hdr_len} + header_.type_off + header_.type_len;
  const uint64_t strings = uint64_t{header_.hdr_len} + header_.str_off;
  if (types_end > bytes_.size() || strings + header_.str_len > bytes_.size()) return "BTF ends beyond its section";
  const bool terminated = header_.str_len > 0 && bytes_[strings] == 0 && bytes_[strings + header_.str_len - 1] == 0;
  return terminated ? std::nullopt : std::optional<std::string>("BTF has damaged strings");
}

std::optional<std::string> BtfImage::SplitTypes() {
  offsets_.assign(1, 0);
  const uint64_t end = uint64_t{header_.hdr_len} + header_.type_off + header_.type_len;
  for (uint64_t at = uint64_t{header_.hdr_len} + header_.type_off; at < end;) {
    if (end - at < sizeof(btf_type) || offsets_.size() >= kMaxTypes) return "BTF has damaged types";
    const auto more = BytesAfter(Read<btf_type>(at));
    if (!more || *more > end - at - sizeof(btf_type)) return "BTF has a damaged type";
    offsets_.push_back(at);
    at += sizeof(btf_type) + *more;
  }
  return std::nullopt;
}

template <typename Visit>
bool BtfImage::EachContained(uint32_t id, Visit visit) const {
  const btf_type type = Type(id);
  const uint32_t kind = Kind(type);
  if (IsQualifier(kind) || kind == BTF_KIND_VAR) return visit(type.type);
  if (kind == BTF_KIND_ARRAY) return visit(Entry<btf_array>(id, 0).type);
  const bool composite = kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION;
  for (uint32_t i = 0; composite && i < Length(type); i++) {
    if (!visit(Entry<btf_member>(id, i).type)) return false;
  }
  return true;
}

bool BtfImage::RefersToKnown(uint32_t id) const {
  const btf_type type = Type(id);
  const uint32_t kind = Kind(type);
  if (RefersByItself(kind) && !Known(type.type)) return false;
  if (kind == BTF_KIND_FUNC && (type.type == 0 || Kind(Type(type.type)) != BTF_KIND_FUNC_PROTO)) return false;
  if (kind == BTF_KIND_ARRAY && !Known(Entry<btf_array>(id, 0).index_type)) return false;
  for (uint32_t i = 0; i < Length(type); i++) {
    if (kind == BTF_KIND_FUNC_PROTO && !Known(Entry<btf_param>(id, i).type)) return false;
    if (kind != BTF_KIND_DATASEC) continue;
    const uint32_t variable = Entry<btf_var_secinfo>(id, i).type;
    if (variable == 0 || !Known(variable)) return false;
    const uint32_t entry = Kind(Type(variable));
    if (entry != BTF_KIND_VAR && entry != BTF_KIND_FUNC) return false;
  }
  return EachContained(id, [this](uint32_t contained) { return Known(contained); });
}

std::optional<std::string> BtfImage::TypeFault(uint32_t id) const {
  const btf_type type = Type(id);
  const uint32_t kind = Kind(type);
  bool named = Named(type.name_off);
  for (uint32_t i = 0; i < Length(type); i++) {
    // Each of these entries begins with the name.
    if (kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION) named = named && Named(Entry<btf_member>(id, i).name_off);
    if (kind == BTF_KIND_ENUM) named = named && Named(Entry<btf_enum>(id, i).name_off);
    if (kind == BTF_KIND_ENUM64) named = named && Named(Entry<btf_enum64>(id, i).name_off);
    if (kind == BTF_KIND_FUNC_PROTO) named = named && Named(Entry<btf_param>(id, i).name_off);
  }
  if (!named) return "BTF type " + std::to_string(id) + " has a name outside of the strings";
  if (!RefersToKnown(id)) return "BTF type " + std::to_string(id) + " refers to a type that is not there";
  return std::nullopt;
}

// A type that contains itself is infinitely deep; what is known to end is not walked again.
bool BtfImage::NestsTooDeep(uint32_t id, int depth) {
  if (finite_[id]) return false;
  if (depth > kMaxNesting) return true;
  const auto ends = [this, depth](uint32_t contained) { return !NestsTooDeep(contained, depth + 1); };
  if (!EachContained(id, ends)) return true;
  finite_[id] = true;
  return false;
}

std::optional<std::string> BtfImage::Fault() {
  auto fault = HeaderFault();
  if (!fault) fault = SplitTypes();
  for (uint32_t id = 1; !fault && id < offsets_.size(); id++) fault = TypeFault(id);
  finite_.assign(offsets_.size(), false);
  // void
  if (!finite_.empty()) finite_[0] = true;
  for (uint32_t id = 1; !fault && id < offsets_.size(); id++) {
    if (NestsTooDeep(id, 0)) fault = "BTF type " + std::to_string(id) + " contains itself";
  }
  return fault;
}

}  // namespace bpf
