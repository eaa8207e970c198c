// What a proxy goes by once it runs: checked values, no text.
#pragma once

#include "http/rules.h"

#include <freshet/proxy.h>
#include <freshet/time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace freshet::proxy {

using std::chrono::milliseconds;

struct Settings {
  http::Rules rules = http::Rules::safe();
  ProxyTimeouts timeouts;
  std::string origin_authority;  ///< the Host of requests that had none
  /// Bodies above this are passed on and not stored.
  std::uint64_t most_object_bytes = 16 * 1024 * 1024;
  /// What a client who reads slowly may leave unread of a body that is not stored.
  std::size_t stream_window_bytes = 1024 * 1024;
  std::size_t most_clients = 20'000;              ///< per worker; beyond, newcomers are closed at once
  std::size_t most_idle_origin_connections = 64;  ///< per worker
  std::string cache_name = "freshet";
};

}  // namespace freshet::proxy
