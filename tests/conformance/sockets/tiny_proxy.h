// The smallest proxy that the cases can be run against over sockets: http/tiny_cache.h between a listener and an
// origin. It is there to prove the runner, its client and its origin, in every test run; it answers one request at a
// time.
#pragma once

#include "http/tiny_cache.h"
#include "tests/conformance/sockets/wire.h"

#include <thread>

namespace freshet::conformance {

class TinyProxy {
 public:
  TinyProxy(http::Rules rules, std::uint16_t origin_port);
  ~TinyProxy();
  TinyProxy(const TinyProxy&) = delete;
  TinyProxy& operator=(const TinyProxy&) = delete;

  std::uint16_t port() const { return port_; }

 private:
  void accept_all();
  void serve(const Socket& socket);
  http::Message ask_origin(std::string_view method, http::Fields fields) const;

  const std::uint16_t origin_port_;
  std::uint16_t port_ = 0;
  Socket listener_;
  http::TinyCache cache_;
  // Of the request that is being answered.
  std::string target_, body_, host_;
  std::function<void()> behind_;
  std::thread thread_;
};

}  // namespace freshet::conformance
