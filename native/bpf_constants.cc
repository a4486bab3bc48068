#include <bpf/btf.h>
#include <errno.h>
#include <string.h>

#include <optional>
#include <string_view>

#include "arguments.h"
#include "bpf_object.h"

namespace bpf {
namespace {

struct Variable {
  std::string_view name;
  bpf_map* map;
  uint32_t offset;
  uint32_t size;
};

bool IsDataSection(std::string_view name) {
  return name.starts_with(".rodata") || name.starts_with(".data") || name.starts_with(".bss");
}

// A variable that lies inside its map's bytes; nothing for one of a damaged BTF.
std::optional<Variable> VariableAt(const btf* btf, bpf_map* map, const btf_var_secinfo& entry) {
  const btf_type* type = btf__type_by_id(btf, entry.type);
  const char* name = type == nullptr ? nullptr : btf__name_by_offset(btf, type->name_off);
  size_t map_size = 0;
  if (name == nullptr || bpf_map__initial_value(map, &map_size) == nullptr) return std::nullopt;
  if (entry.offset > map_size || entry.size > map_size - entry.offset) return std::nullopt;
  return Variable{name, map, entry.offset, entry.size};
}

// Calls `visit` with every global variable of the object.
template <typename Visit>
void ForEachVariable(bpf_object* object, Visit visit) {
  const btf* btf = bpf_object__btf(object);
  const uint32_t types = btf == nullptr ? 0 : btf__type_cnt(btf);
  for (uint32_t id = 1; id < types; id++) {
    const btf_type* section = btf__type_by_id(btf, id);
    const char* name = btf_is_datasec(section) ? btf__name_by_offset(btf, section->name_off) : nullptr;
    bpf_map* map = name != nullptr && IsDataSection(name) ? bpf_object__find_map_by_name(object, name) : nullptr;
    for (uint32_t i = 0; map != nullptr && i < btf_vlen(section); i++) {
      if (const auto variable = VariableAt(btf, map, btf_var_secinfos(section)[i])) visit(*variable);
    }
  }
}

// A value fits when its upper bits are all zero (unsigned) or all copies of the sign (signed).
bool Fits(uint64_t value, uint32_t size) {
  if (size >= sizeof(value)) return true;
  const auto as_signed = static_cast<int64_t>(value);
  return value >> (size * 8) == 0 || (as_signed < 0 && as_signed >> (size * 8 - 1) == -1);
}

// Writes the low bytes. Returns 0 or an errno.
int Write(const Variable& variable, uint64_t value) {
  size_t map_size = 0;
  auto* bytes = static_cast<uint8_t*>(const_cast<void*>(bpf_map__initial_value(variable.map, &map_size)));
  const uint8_t narrow = static_cast<uint8_t>(value);
  const uint16_t half = static_cast<uint16_t>(value);
  const uint32_t word = static_cast<uint32_t>(value);
  if (!Fits(value, variable.size)) return ERANGE;
  switch (variable.size) {
    case sizeof(narrow):
      memcpy(bytes + variable.offset, &narrow, sizeof(narrow));
      return 0;
    case sizeof(half):
      memcpy(bytes + variable.offset, &half, sizeof(half));
      return 0;
    case sizeof(word):
      memcpy(bytes + variable.offset, &word, sizeof(word));
      return 0;
    case sizeof(value):
      memcpy(bytes + variable.offset, &value, sizeof(value));
      return 0;
    default:
      return EINVAL;
  }
}

}  // namespace

Napi::Value BpfObject::Constants(const Napi::CallbackInfo& info) {
  auto constants = Napi::Array::New(info.Env());
  ForEachVariable(Opened(info.Env(), "open"), [&](const Variable& variable) {
    auto entry = Napi::Object::New(info.Env());
    entry["name"] = std::string(variable.name);
    entry["size"] = variable.size;
    constants[constants.Length()] = entry;
  });
  return constants;
}

// (name, bigint)
Napi::Value BpfObject::SetConstant(const Napi::CallbackInfo& info) {
  bpf_object* object = NotLoaded(info.Env(), "set_constant");
  const std::string name = StringArgument(info, 0);
  const uint64_t value = Uint64Argument(info, 1);
  Failure failure = Fail("set_constant", ENOENT);
  failure.detail = "no global variable '" + name + "' in the object";
  ForEachVariable(object, [&](const Variable& variable) {
    if (variable.name != name) return;
    failure.error = Write(variable, value);
    failure.detail = "'" + name + "' has " + std::to_string(variable.size) + " bytes";
  });
  if (failure.error != 0) Throw(info.Env(), failure);
  return info.Env().Undefined();
}

}  // namespace bpf
