#pragma once

#include <napi.h>

#include <cstdarg>
#include <string>

namespace bpf {

// What libbpf prints on this thread while one of these is alive: warnings, the verifier's log. Captures nest; the
// innermost gets the text. Bounded to 1 MiB: the head and the tail are kept, since causes stand first in libbpf's own
// lines and last in a verifier's log. Without a capture libbpf is silent.
class LogCapture {
 public:
  LogCapture();
  ~LogCapture();
  LogCapture(const LogCapture&) = delete;
  LogCapture& operator=(const LogCapture&) = delete;

  void Append(const char* format, va_list args);
  std::string Text() const;

 private:
  void Append(std::string_view text);

  LogCapture* const outer_;
  std::string head_;
  std::string tail_;
  size_t left_out_ = 0;
};

// Everything that a BpfError of index.ts is made of. `error` is a positive errno or one of libbpf's own numbers.
struct Failure {
  int error = 0;
  const char* operation = "";
  std::string object = {};
  std::string program = {};
  std::string map = {};
  std::string detail = {};
  std::string log = {};
};

// Throws the class given to `setErrorClass` in this environment.
[[noreturn]] void ThrowBpfError(Napi::Env env, const Failure& failure);

// "EPERM"; "LIBBPF_ERRNO__FORMAT" for libbpf's own; "ENOTSUPP" for the kernel's 524.
std::string ErrorName(int error);

// Sends what libbpf prints to the captures. For the whole process, once is enough, again does no harm.
void InstallLogCapture();

}  // namespace bpf
