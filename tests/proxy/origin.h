// A web server that does as it is told, byte by byte: a script answers each request and may hold it, cut it off, or say
// what no server should. It notes all that reaches it.
#pragma once

#include "tests/proxy/connection.h"

#include <condition_variable>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace freshet::proxy_test {

/// One request at the origin, and the way to answer it.
struct Visit {
  Message request;
  Connection& connection;
  std::size_t number;  ///< of this request among all, from 1
  bool keep = true;    ///< false: the connection ends behind the answer

  /// A response with Content-Length. `fields`: each with its line end.
  void answer(int status, std::string_view fields, std::string_view body);
  /// A head alone, with the empty line.
  void begin(int status, std::string_view fields);
  void chunk(std::string_view content);
  void last_chunk();
};

/// Threads: the script runs on one for each connection, all at once.
class Origin {
 public:
  using Script = std::function<void(Visit&)>;
  /// `reads_bodies`: before the script is called, all of the request has been read. Port 0: a free one.
  explicit Origin(Script script, bool reads_bodies = true, std::uint16_t port = 0);
  ~Origin();
  Origin(const Origin&) = delete;
  Origin& operator=(const Origin&) = delete;

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::size_t requests() const;
  std::size_t requests_of(std::string_view target) const;
  std::size_t connections() const;
  /// Waits until so many have come.
  void await_requests(std::size_t count) const;
  std::vector<Message> seen() const;
  /// From now on this answers.
  void replace(Script script);
  /// Ends all connections that are open now.
  void drop_connections();

 private:
  void accept_all();
  void serve(Connection& connection);
  struct Served {
    Connection connection;
    std::thread thread;
  };
  int listener_ = -1;
  std::uint16_t port_ = 0;
  bool reads_bodies_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  Script script_;
  std::vector<Message> seen_;
  std::list<Served> served_;
  bool stopping_ = false;
  std::thread accepting_;
};

}  // namespace freshet::proxy_test
