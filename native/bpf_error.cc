#include "bpf_error.h"

#include <bpf/libbpf.h>
#include <string.h>

#include <map>
#include <vector>

#include "addon_data.h"

namespace bpf {
namespace {

constexpr size_t kHeadBytes = 256 * 1024;
constexpr size_t kTailBytes = 768 * 1024;
constexpr int kErrnoNotSupp = 524;

thread_local LogCapture* current_capture = nullptr;

int Print(libbpf_print_level level, const char* format, va_list args) {
  if (level != LIBBPF_DEBUG && current_capture != nullptr) current_capture->Append(format, args);
  return 0;
}

const std::map<int, const char*> kLibbpfErrors = {
    {LIBBPF_ERRNO__LIBELF, "LIBBPF_ERRNO__LIBELF"},
    {LIBBPF_ERRNO__FORMAT, "LIBBPF_ERRNO__FORMAT"},
    {LIBBPF_ERRNO__KVERSION, "LIBBPF_ERRNO__KVERSION"},
    {LIBBPF_ERRNO__ENDIAN, "LIBBPF_ERRNO__ENDIAN"},
    {LIBBPF_ERRNO__INTERNAL, "LIBBPF_ERRNO__INTERNAL"},
    {LIBBPF_ERRNO__RELOC, "LIBBPF_ERRNO__RELOC"},
    {LIBBPF_ERRNO__LOAD, "LIBBPF_ERRNO__LOAD"},
    {LIBBPF_ERRNO__VERIFY, "LIBBPF_ERRNO__VERIFY"},
    {LIBBPF_ERRNO__PROG2BIG, "LIBBPF_ERRNO__PROG2BIG"},
    {LIBBPF_ERRNO__KVER, "LIBBPF_ERRNO__KVER"},
    {LIBBPF_ERRNO__PROGTYPE, "LIBBPF_ERRNO__PROGTYPE"},
    {LIBBPF_ERRNO__WRNGPID, "LIBBPF_ERRNO__WRNGPID"},
    {LIBBPF_ERRNO__INVSEQ, "LIBBPF_ERRNO__INVSEQ"},
    {LIBBPF_ERRNO__NLPARSE, "LIBBPF_ERRNO__NLPARSE"},
    {kErrnoNotSupp, "ENOTSUPP"},
};

std::string ErrorText(int error) {
  if (error == kErrnoNotSupp) return "Operation not supported by the kernel";
  char text[256];
  libbpf_strerror(error, text, sizeof(text));
  return text;
}

}  // namespace

LogCapture::LogCapture() : outer_(current_capture) { current_capture = this; }
LogCapture::~LogCapture() { current_capture = outer_; }

void LogCapture::Append(const char* format, va_list args) {
  va_list measured;
  va_copy(measured, args);
  const int length = vsnprintf(nullptr, 0, format, measured);
  va_end(measured);
  if (length <= 0) return;
  std::vector<char> text(static_cast<size_t>(length) + 1);
  vsnprintf(text.data(), text.size(), format, args);
  Append(std::string_view(text.data(), static_cast<size_t>(length)));
}

void LogCapture::Append(std::string_view text) {
  const size_t to_head = std::min(text.size(), kHeadBytes - head_.size());
  head_.append(text.substr(0, to_head));
  tail_.append(text.substr(to_head));
  if (tail_.size() <= kTailBytes) return;
  const size_t excess = tail_.size() - kTailBytes;
  tail_.erase(0, excess);
  left_out_ += excess;
}

std::string LogCapture::Text() const {
  if (left_out_ == 0) return head_ + tail_;
  return head_ + "\n[" + std::to_string(left_out_) + " bytes left out]\n" + tail_;
}

std::string ErrorName(int error) {
  const auto own = kLibbpfErrors.find(error);
  if (own != kLibbpfErrors.end()) return own->second;
  const char* name = strerrorname_np(error);
  return name != nullptr ? name : "E" + std::to_string(error);
}

void ThrowBpfError(Napi::Env env, const Failure& failure) {
  const std::string detail = failure.detail.empty() ? ErrorText(failure.error) : failure.detail;
  const auto* data = env.GetInstanceData<AddonData>();
  if (data == nullptr || data->bpf_error.IsEmpty()) throw Napi::Error::New(env, detail);
  auto fields = Napi::Object::New(env);
  fields["code"] = ErrorName(failure.error);
  fields["operation"] = failure.operation;
  fields["object"] = failure.object;
  fields["detail"] = detail;
  fields["log"] = failure.log;
  if (!failure.program.empty()) fields["program"] = failure.program;
  if (!failure.map.empty()) fields["map"] = failure.map;
  throw Napi::Error(env, data->bpf_error.New({fields}));
}

void InstallLogCapture() { libbpf_set_print(Print); }

}  // namespace bpf
