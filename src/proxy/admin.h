// The proxy's own address, for whoever runs it: purges, metrics, figures. On a Unix socket, whose file says who may
// connect, or on a loopback port, where a token does. Nothing of it can be reached through the address for clients.
//
//   POST /purge?url=http://example.org/page    also tag=T, prefix=http://example.org/shop/, all=yes; several at once
//   GET  /metrics                              for Prometheus
//
// One request per connection, answered at once on the loop's thread: each of them is a few lookups.
#pragma once

#include "proxy/event_loop.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>

namespace freshet::proxy {

struct AdminAnswer {
  std::uint16_t status = 200;
  std::string content_type = "application/json";
  std::string body;
};

class AdminConnection;

class Admin : private Watcher {
 public:
  using Handler = std::function<AdminAnswer(std::string_view method, std::string_view path, std::string_view query)>;

  /// `token`: what requests bear as `Authorization: Bearer TOKEN`; empty where the socket itself is guarded.
  Admin(EventLoop& loop, Socket listener, std::string token, Handler handler);
  ~Admin() override;

 private:
  friend class AdminConnection;
  void on_events(Events events) override;
  AdminAnswer answer(std::string_view request, bool& complete) const;

  EventLoop& loop_;
  Socket listener_;
  std::string token_;
  Handler handler_;
  std::unordered_set<std::shared_ptr<AdminConnection>> connections_;
};

/// "a=1&b=%20" one by one, decoded. False when an escape is none.
bool each_parameter(std::string_view query, const std::function<void(std::string_view name, std::string value)>& visit);

}  // namespace freshet::proxy
