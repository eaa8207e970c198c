#include "tests/proxy/connection.h"

#include "tests/proxy/gate.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

namespace freshet::proxy_test {
namespace {

bool same(std::string_view a, std::string_view b) {
  return a.size() == b.size() && ::strncasecmp(a.data(), b.data(), a.size()) == 0;
}

std::string word_of(const std::string& line, int which) {
  std::size_t at = 0;
  for (int i = 0; i < which; ++i) at = line.find(' ', at) + 1;
  return line.substr(at, line.find(' ', at) - at);
}

}  // namespace

int Message::status() const { return std::atoi(word_of(start_line, 1).c_str()); }
std::string Message::method() const { return word_of(start_line, 0); }
std::string Message::target() const { return word_of(start_line, 1); }

bool Message::has(std::string_view name) const {
  return std::any_of(fields.begin(), fields.end(), [&](const auto& field) { return same(field.first, name); });
}

std::string Message::field(std::string_view name) const {
  for (const auto& [own, value] : fields) {
    if (same(own, name)) return value;
  }
  return {};
}

bool Message::cache_status_has(std::string_view word) const {
  std::string all = "; " + field("Cache-Status") + ";";
  return all.find("; " + std::string(word) + ";") != std::string::npos;
}

Connection::Connection(int fd) : fd_(fd) {
  const timeval limit{kLimit.count(), 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

Connection Connection::to(std::uint16_t port, int receive_buffer_bytes) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (receive_buffer_bytes != 0) {
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_bytes, sizeof receive_buffer_bytes);
  }
  Connection connection(fd);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("connect: ") + std::strerror(errno));
  }
  return connection;
}

Connection::Connection(Connection&& other) noexcept { *this = std::move(other); }

Connection& Connection::operator=(Connection&& other) noexcept {
  if (this == &other) return *this;
  close();
  fd_ = std::exchange(other.fd_, -1);
  was_reset_ = other.was_reset_;
  ahead_ = std::move(other.ahead_);
  interims = std::move(other.interims);
  return *this;
}

void Connection::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void Connection::reset() {
  const linger at_once{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

void Connection::shut_down_sending() { ::shutdown(fd_, SHUT_WR); }

bool Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("nobody reads what is sent");
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool Connection::fill() {
  std::array<char, 64 * 1024> bytes{};
  for (;;) {
    const ssize_t n = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) throw std::runtime_error("nothing came for too long");
    was_reset_ = was_reset_ || n < 0;
    if (n <= 0) return false;
    ahead_.append(bytes.data(), static_cast<std::size_t>(n));
    return true;
  }
}

std::string Connection::receive(std::size_t bytes) {
  while (ahead_.size() < bytes && fill()) {
  }
  std::string out = ahead_.substr(0, bytes);
  ahead_.erase(0, out.size());
  return out;
}

std::string Connection::receive_some(std::size_t most) {
  if (ahead_.empty() && !fill()) return {};
  return receive(std::min(most, ahead_.size()));
}

std::string Connection::receive_rest() {
  while (fill()) {
  }
  return std::exchange(ahead_, {});
}

bool Connection::ends() { return ahead_.empty() && !fill(); }

bool Connection::read_head(Message& message) {
  std::size_t end = 0;
  while ((end = ahead_.find("\r\n\r\n")) == std::string::npos) {
    if (!fill()) return false;
  }
  message.head = receive(end + 4);
  std::string_view rest = message.head;
  for (bool first = true; rest.size() > 2; first = false) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(line.size() + 2);
    if (first) {
      message.start_line = line;
      continue;
    }
    const std::size_t colon = line.find(':');
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    message.fields.emplace_back(line.substr(0, colon), value);
  }
  return true;
}

void Connection::read_body(Message& message, std::string_view method, bool is_request) {
  message.whole = true;
  if (!is_request && (method == "HEAD" || message.status() == 304 || message.status() == 204)) return;
  if (same(message.field("Transfer-Encoding"), "chunked")) {
    message.chunked = true;
    for (;;) {
      std::size_t end = 0;
      while ((end = ahead_.find("\r\n")) == std::string::npos) {
        message.whole = message.whole && fill();
        if (!message.whole) return;
      }
      const std::size_t bytes = std::stoul(receive(end + 2), nullptr, 16);
      const std::string chunk = receive(bytes + 2);
      message.body += chunk.substr(0, std::min(bytes, chunk.size()));
      message.whole = chunk.size() == bytes + 2;
      if (!message.whole || bytes == 0) return;
    }
  }
  if (message.has("Content-Length")) {
    const std::size_t bytes = std::stoul(message.field("Content-Length"));
    message.body = receive(bytes);
    message.whole = message.body.size() == bytes;
  } else if (!is_request) {
    message.body = receive_rest();
    message.whole = !was_reset_;
  }
}

Message Connection::response(std::string_view method) {
  for (;;) {
    Message message;
    if (!read_head(message)) throw std::runtime_error("the connection ended before a response: " + ahead_);
    if (message.status() >= 100 && message.status() < 200) {
      interims.push_back(message.head);
      continue;
    }
    read_body(message, method, false);
    return message;
  }
}

bool Connection::send_get(std::string_view target, std::string_view fields) {
  std::string request = "GET ";
  request.append(target).append(" HTTP/1.1\r\nHost: test\r\n").append(fields).append("\r\n");
  return send(request);
}

Message Connection::get(std::string_view target, std::string_view fields) {
  send_get(target, fields);
  return response();
}

Message get(std::uint16_t port, std::string_view target, std::string_view fields) {
  return Connection::to(port).get(target, fields);
}

}  // namespace freshet::proxy_test
