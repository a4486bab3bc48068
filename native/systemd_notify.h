#pragma once

#include <napi.h>

namespace bpf {

// (path of systemd's socket, text) Sends one datagram; gives the reason when it could not be sent. Never blocks.
Napi::Value NotifySystemd(const Napi::CallbackInfo& info);

}  // namespace bpf
