#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

namespace bpf {

// Arguments from JavaScript. Each throws a TypeError for a value of another type; no memory is touched before.

inline std::string StringArgument(const Napi::CallbackInfo& info, size_t index) {
  const Napi::Value value = info[index];
  if (!value.IsString()) throw Napi::TypeError::New(info.Env(), "expected a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) throw Napi::TypeError::New(info.Env(), "expected a string without NUL");
  return text;
}

template <typename Integer>
Integer IntegerArgument(const Napi::CallbackInfo& info, size_t index) {
  const Napi::Value value = info[index];
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : NAN;
  constexpr double kMaxSafeInteger = 9007199254740991;
  const bool fits = number >= static_cast<double>(std::numeric_limits<Integer>::min()) && number <= kMaxSafeInteger &&
                    number <= static_cast<double>(std::numeric_limits<Integer>::max());
  if (!fits || std::trunc(number) != number) throw Napi::TypeError::New(info.Env(), "expected an integer in range");
  return static_cast<Integer>(number);
}

// A bigint; bits beyond 64 are refused.
inline uint64_t Uint64Argument(const Napi::CallbackInfo& info, size_t index) {
  bool lossless = false;
  const Napi::Value value = info[index];
  if (!value.IsBigInt()) throw Napi::TypeError::New(info.Env(), "expected a bigint");
  const uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) throw Napi::TypeError::New(info.Env(), "expected a bigint of 64 bits");
  return number;
}

inline bool BooleanArgument(const Napi::CallbackInfo& info, size_t index) {
  const Napi::Value value = info[index];
  if (!value.IsBoolean()) throw Napi::TypeError::New(info.Env(), "expected a boolean");
  return value.As<Napi::Boolean>().Value();
}

inline Napi::Uint8Array BytesArgument(const Napi::CallbackInfo& info, size_t index) {
  const Napi::Value value = info[index];
  const bool bytes = value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array;
  if (!bytes) throw Napi::TypeError::New(info.Env(), "expected a Uint8Array");
  return value.As<Napi::Uint8Array>();
}

inline Napi::Function FunctionArgument(const Napi::CallbackInfo& info, size_t index) {
  const Napi::Value value = info[index];
  if (!value.IsFunction()) throw Napi::TypeError::New(info.Env(), "expected a function");
  return value.As<Napi::Function>();
}

}  // namespace bpf
