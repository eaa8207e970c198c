// A server process that a benchmark starts for itself, on a Unix socket, and that ends with it, however the benchmark
// ends.
#pragma once

#include <string>
#include <vector>

namespace bench {

class Server {
 public:
  /// Starts `command` and waits until it accepts connections on the Unix socket. Its output goes to `log`.
  /// Errors: throws std::runtime_error with the log.
  Server(std::vector<std::string> command, std::string socket, std::string log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  const std::string& socket() const noexcept { return socket_; }

 private:
  std::string socket_;
  int owner_;
  int pid_ = -1;
};

}  // namespace bench
