// A TCP connection as these tests use it: blocking, with a limit on every wait, and exact about bytes. Also the
// messages on it, read by a few lines of their own: what is tested does not test itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::proxy_test {

struct Message {
  std::string start_line;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string head;  ///< all of it, with the empty line
  std::string body;
  /// The body ended where its framing says. False: the connection ended before.
  bool whole = false;
  /// Chunks, as a body says that has no length.
  bool chunked = false;

  int status() const;
  /// Of a request.
  std::string method() const;
  std::string target() const;
  bool has(std::string_view name) const;
  /// The first of that name; empty if there is none.
  std::string field(std::string_view name) const;
  /// Whether that word stands in its Cache-Status: "hit", "fwd=miss", "detail=hit_coalesced".
  bool cache_status_has(std::string_view word) const;
};

class Connection {
 public:
  Connection() = default;
  explicit Connection(int fd);
  /// To 127.0.0.1. `receive_buffer_bytes`: small ones make a slow reader felt soon; 0: the kernel's.
  static Connection to(std::uint16_t port, int receive_buffer_bytes = 0);
  Connection(Connection&& other) noexcept;
  Connection& operator=(Connection&& other) noexcept;
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() { close(); }

  int fd() const noexcept { return fd_; }
  explicit operator bool() const noexcept { return fd_ >= 0; }
  /// False when the other end is gone.
  bool send(std::string_view bytes);
  /// So many bytes, or fewer if it ends; throws std::runtime_error after kLimit.
  std::string receive(std::size_t bytes);
  /// One run of bytes; empty at the end. A reset is an end too, see was_reset().
  std::string receive_some(std::size_t most = 64 * 1024);
  /// All that still comes.
  std::string receive_rest();
  bool was_reset() const noexcept { return was_reset_; }
  /// Whether the other end has said that no more will come; waits for it.
  bool ends();
  void shut_down_sending();
  void close();
  /// Closes so that the other end gets a reset.
  void reset();

  /// False when the connection ended before a head.
  bool read_head(Message& message);
  /// The body of a response to `method`, or of a request.
  void read_body(Message& message, std::string_view method, bool is_request);
  /// Gives back what has been read too far.
  void unread(std::string bytes) { ahead_.insert(0, bytes); }

  /// The next response that is not interim. Throws std::runtime_error when there is none.
  Message response(std::string_view method = "GET");
  /// Heads of interim responses that response() met.
  std::vector<std::string> interims;
  /// Sends "GET target" with `fields` (each with its line end) to host "test", and reads the response.
  Message get(std::string_view target, std::string_view fields = {});
  bool send_get(std::string_view target, std::string_view fields = {});

 private:
  bool fill();
  int fd_ = -1;
  bool was_reset_ = false;
  std::string ahead_;
};

/// One request on a connection of its own.
Message get(std::uint16_t port, std::string_view target, std::string_view fields = {});

}  // namespace freshet::proxy_test
