// HTTP/1.1 on blocking sockets, exact about bytes: for the client and the origin of the conformance cases. Not a parser
// to be copied: it trusts its peer to be a test, and only its own patience is bounded.
#pragma once

#include "tests/conformance/case.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace freshet::conformance {

/// Owns a descriptor.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) noexcept : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept;
  ~Socket();
  explicit operator bool() const noexcept { return fd_ >= 0; }
  int fd() const noexcept { return fd_; }

 private:
  int fd_ = -1;
};

/// On 127.0.0.1; `port` 0 takes any free one and is set to it. Errors: std::runtime_error.
Socket listen_on(std::uint16_t& port);
/// None when nobody listens there.
Socket connect_to(std::uint16_t port);
/// Nothing comes for so long: a read then ends as if the peer had closed.
void set_patience(const Socket& socket, std::chrono::milliseconds patience);
/// False when the peer is gone.
bool write_all(const Socket& socket, std::string_view bytes);

struct Head {
  std::string first;  ///< the request line or the status line
  FieldLines fields;
  std::optional<std::string> find(std::string_view name) const;
};

struct Body {
  std::string bytes;
  bool complete = true;
};

class Reader {
 public:
  explicit Reader(const Socket& socket) : socket_(socket) {}

  /// Nothing when the peer closed before the head's end.
  std::optional<Head> head();
  /// Chunked, by Content-Length, or to the end of the connection if `to_the_end` (answers) and else none (requests).
  /// The trailers of a chunked body are read over.
  Body body(const Head& head, bool to_the_end);

 private:
  bool more();
  bool line(std::string& out);
  bool take(std::size_t bytes, std::string& out);
  Body chunks();

  const Socket& socket_;
  std::string buffer_;
};

/// "Name: value\r\n" for each, and the empty line.
std::string lines_of(const FieldLines& fields);
/// The status of "HTTP/1.1 200 OK"; 0 when it is none.
std::uint16_t status_of(const Head& head);
bool is_bodyless(std::string_view method, std::uint16_t status);

/// An answer: its interim responses are read over.
struct Exchanged {
  Head head;
  Body body;
  std::uint16_t status = 0;  ///< 0: none came
};
Exchanged read_answer(const Socket& socket, std::string_view method);

}  // namespace freshet::conformance
