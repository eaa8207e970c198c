// The origin of the cases as a server: it brings each request to the script of the running case and writes the reply
// byte by byte as the case says, down to a connection that is closed in the middle of a body.
//
// Threads: one that accepts, one per connection. All end with the object.
#pragma once

#include "tests/conformance/script.h"
#include "tests/conformance/sockets/wire.h"

#include <list>
#include <memory>
#include <mutex>
#include <thread>

namespace freshet::conformance {

class OriginServer {
 public:
  /// `port` 0: any free one. Errors: std::runtime_error.
  explicit OriginServer(std::uint16_t port);
  ~OriginServer();
  OriginServer(const OriginServer&) = delete;
  OriginServer& operator=(const OriginServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// From now on this script answers what comes below `root`; other targets are strays of earlier cases.
  void follow(std::shared_ptr<Script> script, std::string root);

 private:
  void accept_all();
  void serve(const Socket& socket);
  bool answer(const Socket& socket, Reader& reader, const Head& head);

  std::uint16_t port_;
  Socket listener_;
  std::mutex mutex_;
  std::shared_ptr<Script> script_;
  std::string root_;
  std::list<std::shared_ptr<Socket>> connections_;
  std::list<std::thread> threads_;
  bool ending_ = false;
  std::thread acceptor_;
};

}  // namespace freshet::conformance
