#include "btf_layout.h"

#include <string>

namespace bpf {
namespace {

constexpr int kMaxDepth = 16;
constexpr int kMaxTypes = 4096;

class LayoutBuilder {
 public:
  LayoutBuilder(Napi::Env env, const btf* btf) : env_(env), btf_(btf) {}

  Napi::Object Build(uint32_t type_id, int depth) {
    auto layout = Napi::Object::New(env_);
    const auto [type, resolved_id, name] = Resolve(type_id);
    const int64_t size = type == nullptr ? -1 : btf__resolve_size(btf_, resolved_id);
    layout["name"] = name;
    layout["size"] = static_cast<double>(size < 0 ? 0 : size);
    const bool known = size >= 0 && depth < kMaxDepth && ++types_ < kMaxTypes;
    layout["kind"] = known ? Describe(layout, type, depth) : "other";
    return layout;
  }

 private:
  struct Resolved {
    const btf_type* type;
    uint32_t id;
    std::string name;
  };

  // Goes through typedefs and qualifiers; the outermost name stays.
  Resolved Resolve(uint32_t id) const {
    std::string name;
    for (int step = 0; step < kMaxDepth; step++) {
      const btf_type* type = btf__type_by_id(btf_, id);
      if (type == nullptr) break;
      const char* own = btf__name_by_offset(btf_, type->name_off);
      if (name.empty() && own != nullptr) name = own;
      if (!btf_is_mod(type) && !btf_is_typedef(type)) return {type, id, name};
      id = type->type;
    }
    return {nullptr, 0, name};
  }

  const char* Describe(Napi::Object layout, const btf_type* type, int depth) {
    switch (btf_kind(type)) {
      case BTF_KIND_INT:
        return DescribeInt(layout, type);
      case BTF_KIND_ENUM:
      case BTF_KIND_ENUM64:
        layout["signed"] = btf_kflag(type);
        return "enum";
      case BTF_KIND_FLOAT:
        return "float";
      case BTF_KIND_PTR:
        return "pointer";
      case BTF_KIND_ARRAY:
        layout["length"] = btf_array(type)->nelems;
        layout["element"] = Build(btf_array(type)->type, depth + 1);
        return "array";
      case BTF_KIND_STRUCT:
      case BTF_KIND_UNION:
        layout["members"] = Members(type, depth);
        return btf_is_struct(type) ? "struct" : "union";
      default:
        return "other";
    }
  }

  const char* DescribeInt(Napi::Object layout, const btf_type* type) {
    const uint8_t encoding = btf_int_encoding(type);
    const char* name = btf__name_by_offset(btf_, type->name_off);
    layout["signed"] = (encoding & BTF_INT_SIGNED) != 0;
    if ((encoding & BTF_INT_BOOL) != 0) return "bool";
    const bool named_char = name != nullptr && std::string_view(name) == "char";
    return (encoding & BTF_INT_CHAR) != 0 || named_char ? "char" : "int";
  }

  Napi::Array Members(const btf_type* type, int depth) {
    const uint32_t count = std::min<uint32_t>(btf_vlen(type), kMaxTypes);
    auto members = Napi::Array::New(env_, count);
    for (uint32_t i = 0; i < count; i++) {
      const btf_member* member = &btf_members(type)[i];
      const char* name = btf__name_by_offset(btf_, member->name_off);
      auto layout = Build(member->type, depth + 1);
      if (btf_member_bitfield_size(type, i) != 0) layout["kind"] = "other";
      auto entry = Napi::Object::New(env_);
      entry["name"] = name == nullptr ? "" : name;
      entry["offset"] = btf_member_bit_offset(type, i) / 8;
      entry["type"] = layout;
      members[i] = entry;
    }
    return members;
  }

  const Napi::Env env_;
  const btf* const btf_;
  int types_ = 0;
};

}  // namespace

Napi::Value LayoutOf(Napi::Env env, const btf* btf, uint32_t type_id) {
  if (btf == nullptr || type_id == 0 || btf__type_by_id(btf, type_id) == nullptr) return env.Undefined();
  return LayoutBuilder(env, btf).Build(type_id, 0);
}

}  // namespace bpf
