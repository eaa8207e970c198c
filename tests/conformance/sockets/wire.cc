#include "tests/conformance/sockets/wire.h"

#include "http/fields.h"

#include <arpa/inet.h>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace freshet::conformance {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

std::optional<std::size_t> number(std::string_view text, int base) {
  std::size_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  return out;
}

}  // namespace

Socket& Socket::operator=(Socket&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = std::exchange(other.fd_, -1);
  }
  return *this;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Socket listen_on(std::uint16_t& port) {
  Socket out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(out.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port);
  if (::bind(out.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(out.fd(), 64) != 0) {
    throw std::runtime_error("cannot listen on port " + std::to_string(port) + ": is another process there?");
  }
  socklen_t bytes = sizeof address;
  ::getsockname(out.fd(), reinterpret_cast<sockaddr*>(&address), &bytes);
  port = ntohs(address.sin_port);
  return out;
}

Socket connect_to(std::uint16_t port) {
  Socket out(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_in address = loopback(port);
  if (::connect(out.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  const int on = 1;
  ::setsockopt(out.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return out;
}

void set_patience(const Socket& socket, std::chrono::milliseconds patience) {
  timeval limit{};
  limit.tv_sec = static_cast<time_t>(patience.count() / 1000);
  limit.tv_usec = static_cast<suseconds_t>(patience.count() % 1000 * 1000);
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

bool write_all(const Socket& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::optional<std::string> Head::find(std::string_view name) const {
  for (const auto& [one, value] : fields) {
    if (http::same_word(one, name)) return value;
  }
  return std::nullopt;
}

bool Reader::more() {
  char bytes[16384];
  const ssize_t got = ::recv(socket_.fd(), bytes, sizeof bytes, 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<std::size_t>(got));
  return true;
}

bool Reader::line(std::string& out) {
  std::size_t end = 0;
  while ((end = buffer_.find('\n')) == std::string::npos) {
    if (!more()) return false;
  }
  out = buffer_.substr(0, end > 0 && buffer_[end - 1] == '\r' ? end - 1 : end);
  buffer_.erase(0, end + 1);
  return true;
}

bool Reader::take(std::size_t bytes, std::string& out) {
  bool complete = true;
  while (complete && buffer_.size() < bytes) complete = more();
  out += buffer_.substr(0, bytes);
  buffer_.erase(0, bytes);
  return complete;
}

std::optional<Head> Reader::head() {
  Head out;
  if (!line(out.first)) return std::nullopt;
  std::string one;
  while (line(one)) {
    if (one.empty()) return out;
    const std::size_t colon = one.find(':');
    if (colon == std::string::npos) return std::nullopt;
    out.fields.emplace_back(one.substr(0, colon), http::trim(std::string_view(one).substr(colon + 1)));
  }
  return std::nullopt;
}

Body Reader::chunks() {
  Body out;
  std::string text;
  for (;;) {
    const auto bytes = line(text) ? number(text, 16) : std::nullopt;
    out.complete = bytes && (*bytes == 0 || take(*bytes, out.bytes)) && (*bytes == 0 || line(text));
    if (!out.complete || *bytes == 0) break;
  }
  while (out.complete) {
    out.complete = line(text);
    if (text.empty()) break;
  }
  return out;
}

Body Reader::body(const Head& head, bool to_the_end) {
  if (head.find("Transfer-Encoding")) return chunks();
  Body out;
  if (const auto length = head.find("Content-Length")) {
    out.complete = take(number(*length, 10).value_or(0), out.bytes);
  } else if (to_the_end) {
    while (more()) {
    }
    out.bytes = std::exchange(buffer_, {});
  }
  return out;
}

std::string lines_of(const FieldLines& fields) {
  std::string out;
  for (const auto& [name, value] : fields) out.append(name).append(": ").append(value).append("\r\n");
  return out + "\r\n";
}

std::uint16_t status_of(const Head& head) {
  if (!head.first.starts_with("HTTP/1.") || head.first.size() < 12) return 0;
  return static_cast<std::uint16_t>(number(std::string_view(head.first).substr(9, 3), 10).value_or(0));
}

bool is_bodyless(std::string_view method, std::uint16_t status) {
  return method == "HEAD" || status < 200 || status == 204 || status == 304;
}

Exchanged read_answer(const Socket& socket, std::string_view method) {
  Exchanged out;
  Reader reader(socket);
  do {
    auto head = reader.head();
    if (!head) return {};
    out.head = std::move(*head);
    out.status = status_of(out.head);
  } while (out.status >= 100 && out.status < 200);
  if (!is_bodyless(method, out.status)) out.body = reader.body(out.head, true);
  return out;
}

}  // namespace freshet::conformance
