// The reverse proxy as an object: what `freshet proxy` runs, for whoever wants it inside a program of his own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace freshet {

struct ProxyOptions {
  /// Where requests go that the cache cannot answer: "http://127.0.0.1:5000". Host and port, no path.
  std::string origin;
  /// "127.0.0.1:8080", "[::1]:8080"; port 0 takes a free one, see Proxy::port().
  std::string listen = "127.0.0.1:8080";
  /// Where responses are kept, as for Cache::open().
  std::string store = "memory:?size=256MiB";
  /// "safe", the default, or "rfc": all that RFC 9111 allows. See docs/rfc9111.md for what differs.
  std::string profile = "safe";
  /// 0: one for each processor.
  unsigned threads = 0;
  /// Where it is purged and measured: "unix:/run/freshet/site.sock", which only its owner can open, or a loopback
  /// address, which wants a token. Empty: nowhere.
  std::string admin = {};
  /// At least 16 characters. Requests bear it as `Authorization: Bearer TOKEN`.
  std::string admin_token = {};
  /// A file that a line of JSON is appended to for each request; "-" is standard output. Empty: none.
  std::string access_log = {};
};

/// Threads: start() and stop() from any; the rest from one. Errors: the constructor throws ConfigError for what is no
/// address, no store, or cannot be listened on.
class Proxy {
 public:
  explicit Proxy(const ProxyOptions& options);
  ~Proxy();
  Proxy(const Proxy&) = delete;
  Proxy& operator=(const Proxy&) = delete;

  /// Serves, on threads of its own. Clients may connect from the construction on.
  void start();
  /// Ends all connections and threads.
  void stop();
  /// Where it listens.
  std::uint16_t port() const noexcept;
  /// "http://127.0.0.1:8080", with the true port.
  std::string url() const;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace freshet
