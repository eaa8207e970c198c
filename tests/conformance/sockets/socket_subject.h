// The cases over sockets: a client that speaks HTTP/1.1 to a proxy, whose origin is an OriginServer of ours. Any proxy
// will do; each case has targets of its own, so that a cache need not be emptied between two.
#pragma once

#include "tests/conformance/run_case.h"
#include "tests/conformance/sockets/origin_server.h"

#include <functional>

namespace freshet::conformance {

class SocketSubject : public Subject {
 public:
  SocketSubject(OriginServer& origin, std::uint16_t proxy_port, std::chrono::milliseconds patience);

  void begin(const std::shared_ptr<Script>& script) override;
  Surroundings surroundings() const override;
  Response send(const Request& request) override;
  /// Called before each request: returns when the proxy has done what it does behind its answers. A proxy that cannot
  /// be asked has only been told of the origin's answer.
  void wait_before_each(std::function<void()> until_idle) { until_idle_ = std::move(until_idle); }
  void settle() override {}
  void wait(std::chrono::seconds span) override;
  std::chrono::milliseconds patience() const override { return patience_; }

 private:
  OriginServer& origin_;
  const std::uint16_t port_;
  const std::chrono::milliseconds patience_;
  /// Another one in each run: what a running proxy has stored in an earlier one does not answer.
  const std::string run_;
  std::size_t cases_ = 0;
  std::string root_;
  std::function<void()> until_idle_;
};

}  // namespace freshet::conformance
