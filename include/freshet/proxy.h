// The reverse proxy as an object: what `freshet proxy` runs, for whoever wants it inside a program of his own.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace freshet {

/// How long is waited for whom. Each ends something: a connection, a request, a wait for another's request.
struct ProxyTimeouts {
  std::chrono::milliseconds connect{5'000};
  std::chrono::milliseconds response_head{60'000};  ///< from the request's last byte to the response's head
  std::chrono::milliseconds response_body{60'000};  ///< between two runs of its bytes
  /// How long an unused connection to the origin is kept. Shorter than the origin's own, or requests meet a closing
  /// connection: 4 s is below the defaults of node, gunicorn (2 s is its keepalive) and Apache (5 s).
  std::chrono::milliseconds origin_idle{4'000};
  std::chrono::milliseconds request_head{30'000};  ///< from a request's first byte to the end of its head
  std::chrono::milliseconds request_body{60'000};  ///< between two runs of its bytes
  std::chrono::milliseconds client_idle{60'000};
  std::chrono::milliseconds client_write{60'000};  ///< for a client that does not read
  /// A load that takes longer loses its lease, and one of those who wait for it asks anew.
  std::chrono::milliseconds collapse{30'000};
};

struct ProxyOptions {
  /// Where requests go that the cache cannot answer: "http://127.0.0.1:5000". Host and port, no path.
  std::string origin = {};
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
  ProxyTimeouts timeouts = {};
};

/// The options that a TOML file gives; those that it does not name are as above. Keys are the members' names, with the
/// tables [timeouts], whose values are texts like "30s", and [admin], with `listen` and `token_file`.
/// Errors: ConfigError that names each mistake with its line.
ProxyOptions read_proxy_options(const std::string& path);
/// The first line of a file. Errors: ConfigError.
std::string read_admin_token(const std::string& path);

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
  /// Requests to the origin that others may wait for, those behind a stale answer included.
  std::size_t loads_under_way() const;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace freshet
