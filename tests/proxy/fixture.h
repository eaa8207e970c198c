// An origin with a proxy in front of it, in this process.
#pragma once

#include "tests/proxy/connection.h"
#include "tests/proxy/gate.h"
#include "tests/proxy/origin.h"

#include <freshet/proxy.h>

#include <string>

namespace freshet::proxy_test {

inline constexpr std::string_view kForAMinute = "Cache-Control: max-age=60\r\n";

struct Site {
  explicit Site(Origin::Script script, ProxyOptions options = {}, bool reads_bodies = true)
      : origin(std::move(script), reads_bodies), proxy(complete(std::move(options))) {
    proxy.start();
  }
  ~Site() { proxy.stop(); }
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  Connection connect(int receive_buffer_bytes = 0) const { return Connection::to(proxy.port(), receive_buffer_bytes); }
  Message get(std::string_view target, std::string_view fields = {}) const {
    return proxy_test::get(proxy.port(), target, fields);
  }

  Origin origin;
  Proxy proxy;

 private:
  ProxyOptions complete(ProxyOptions options) const {
    options.origin = origin.url();
    options.listen = "127.0.0.1:0";
    options.store = "memory:?size=32MiB";
    // More than one, whatever the machine has: flights cross threads.
    if (options.threads == 0) options.threads = 3;
    return options;
  }
};

}  // namespace freshet::proxy_test
