// What a proxy goes by once it runs: checked values, no text.
#pragma once

#include "http/rules.h"

#include <freshet/time.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace freshet::proxy {

using std::chrono::milliseconds;

/// A TCP address as bind() and connect() take it.
struct Address {
  std::string host;  ///< as written: for messages and the Host of requests that had none
  std::uint16_t port = 0;
};

struct Timeouts {
  milliseconds connect{5'000};
  milliseconds response_head{60'000};  ///< from the request's last byte to the response's head
  milliseconds response_body{60'000};  ///< between two runs of its bytes
  /// How long an unused connection to the origin is kept. Shorter than the origin's own, or requests meet a closing
  /// connection: 4 s is below the defaults of node, gunicorn (2 s is its keepalive) and Apache (5 s).
  milliseconds origin_idle{4'000};
  milliseconds request_head{30'000};  ///< from a request's first byte to the end of its head
  milliseconds request_body{60'000};
  milliseconds client_idle{60'000};
  milliseconds client_write{60'000};
  /// A load that takes longer loses its lease, and those who wait for it ask for themselves.
  milliseconds collapse{30'000};
};

struct Settings {
  http::Rules rules = http::Rules::safe();
  Timeouts timeouts;
  std::string origin_host;
  std::uint16_t origin_port = 80;
  /// Bodies above this are passed on and not stored.
  std::uint64_t most_object_bytes = 16 * 1024 * 1024;
  /// What a client who reads slowly may leave unread of a body that is not stored.
  std::size_t stream_window_bytes = 1024 * 1024;
  std::size_t most_clients = 20'000;              ///< per worker; beyond, the oldest idle ones make room
  std::size_t most_idle_origin_connections = 64;  ///< per worker
  std::string cache_name = "freshet";
};

}  // namespace freshet::proxy
