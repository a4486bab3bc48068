#include "event_stream.h"

#include <errno.h>

#include "addon_data.h"
#include "bpf_error.h"

namespace bpf {
namespace {

// Records of one wake-up: then timers and requests get their turn.
constexpr int kBatch = 4096;
// A producer that is faster than the callback must not hold consume() for ever.
constexpr int kMaxConsume = 1 << 20;

}  // namespace

Napi::Value EventStream::Open(Napi::Env env, std::shared_ptr<ObjectHandle> handle,
                              std::unique_ptr<EventSource> source) {
  Init init{std::move(handle), std::move(source)};
  return env.GetInstanceData<AddonData>()->event_stream.New({Napi::External<Init>::New(env, &init)});
}

EventStream::EventStream(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<EventStream>(info), context_(info.Env(), "EventStream") {
  if (!info[0].IsExternal()) throw Napi::TypeError::New(info.Env(), "made by BpfObject only");
  auto* init = info[0].As<Napi::External<Init>>().Data();
  handle_ = std::move(init->handle);
  source_ = std::move(init->source);
  const int error = PollWatch::Start(info.Env(), source_->epoll_fd(), [this] { OnReady(); }, &watch_);
  if (error != 0) {
    if (watch_ != nullptr) watch_->Close();
    ThrowBpfError(info.Env(), {.error = -error, .operation = "poll", .object = handle_->file()});
  }
  handle_->Add(this);
  // Kept alive by the event loop, as a socket is, until Close().
  Ref();
}

EventStream::~EventStream() {
  if (watch_ != nullptr) watch_->Close();
  if (handle_ != nullptr) handle_->Remove(this);
}

void EventStream::Close() {
  if (closed_) return;
  closed_ = true;
  handle_->Remove(this);
  if (watch_ != nullptr) watch_->Close();
  if (draining_) {
    source_->Stop();
    return;
  }
  source_.reset();
  Unref();
}

int EventStream::Drain(int limit) {
  draining_ = true;
  const int records = source_->Consume(limit);
  draining_ = false;
  if (!closed_) return records;
  // Closed by a callback: the rest of Close().
  source_.reset();
  Unref();
  return records;
}

void EventStream::OnReady() {
  if (draining_) return;
  const Napi::Env env = Env();
  const Napi::HandleScope handles(env);
  try {
    // Microtasks and ticks run once, when this scope ends.
    const Napi::CallbackScope callbacks(env, context_);
    Drain(kBatch);
  } catch (const Napi::Error&) {
    // The loop turns once more while the process ends, when JavaScript is over: the records stay in the kernel.
  }
}

Napi::Value EventStream::CloseMethod(const Napi::CallbackInfo& info) {
  Close();
  return info.Env().Undefined();
}

Napi::Value EventStream::Consume(const Napi::CallbackInfo& info) {
  Failure failure{.error = EBADF, .operation = "consume", .object = handle_->file(), .detail = "the stream is closed"};
  if (closed_) ThrowBpfError(info.Env(), failure);
  const int records = draining_ ? 0 : Drain(kMaxConsume);
  if (records >= 0) return Napi::Number::New(info.Env(), records);
  failure.error = -records;
  failure.detail = "";
  ThrowBpfError(info.Env(), failure);
}

Napi::Function EventStream::Define(Napi::Env env) {
  return DefineClass(env, "EventStream",
                     {
                         InstanceMethod<&EventStream::CloseMethod>("close"),
                         InstanceMethod<&EventStream::Consume>("consume"),
                         InstanceAccessor<&EventStream::Closed>("closed"),
                     });
}

}  // namespace bpf
