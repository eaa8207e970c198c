// A server process that a benchmark starts for itself and that ends with it, however the benchmark ends.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bench {

class Server {
 public:
  struct Manner {
    /// The only processor that it may use.
    std::optional<int> processor;
    /// The signal that ends it: a server with workers of its own must be asked, so that it ends them.
    bool ask_to_end = false;
  };

  /// Starts `command` and waits until `accepts` says so. Its output goes to `log`.
  /// Errors: throws std::runtime_error with the log.
  Server(std::vector<std::string> command, const std::function<bool()>& accepts, const std::string& log, Manner manner);
  /// Waits until it accepts connections on the Unix socket.
  Server(std::vector<std::string> command, std::string socket, const std::string& log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  const std::string& socket() const noexcept { return socket_; }
  int pid() const noexcept { return pid_; }

 private:
  void end();

  std::string socket_;
  Manner manner_;
  int owner_;
  int pid_ = -1;
};

/// Whether somebody accepts connections at this port of 127.0.0.1.
bool accepts_at(int port);

}  // namespace bench
