#include "proxy/http_get.h"

#include <charconv>
#include <netinet/in.h>
#include <stdexcept>
#include <string_view>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace bench {
namespace {

constexpr std::string_view kEndOfHead = "\r\n\r\n";
constexpr time_t kPatienceSeconds = 10;

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

class Socket {
 public:
  Socket() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (fd_ < 0) throw std::runtime_error("cannot open a socket");
  }
  ~Socket() { close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  int fd() const noexcept { return fd_; }

 private:
  int fd_;
};

bool read_number(std::string_view text, std::size_t& to) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc() && end != text.data();
}

// The value of the line `name`, or nothing.
std::string_view field(std::string_view head, std::string_view name) {
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at)) {
    at += 2;
    const std::string_view line = head.substr(at, head.find("\r\n", at) - at);
    if (line.size() > name.size() && line[name.size()] == ':' &&
        strncasecmp(line.data(), name.data(), name.size()) == 0) {
      return line.substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace

bool take_answer(std::string& bytes, Received& answer) {
  const std::size_t end = bytes.find(kEndOfHead);
  if (end == std::string::npos) return false;
  const std::string_view head = std::string_view(bytes).substr(0, end);
  std::size_t status = 0;
  std::size_t length = 0;
  if (!head.starts_with("HTTP/1.1 ") || !read_number(head.substr(9), status)) {
    throw std::runtime_error("not an answer in HTTP/1.1: " + std::string(head.substr(0, 80)));
  }
  if (!read_number(field(head, "Content-Length"), length)) {
    throw std::runtime_error("an answer without Content-Length: " + std::string(head));
  }
  const std::size_t body = end + kEndOfHead.size();
  if (bytes.size() - body < length) return false;
  answer = {static_cast<int>(status), std::string(head), bytes.substr(body, length)};
  bytes.erase(0, body + length);
  return true;
}

std::vector<Received> http_get(int port, const std::vector<std::string>& paths) {
  const Socket connection;
  const timeval patience{.tv_sec = kPatienceSeconds, .tv_usec = 0};
  setsockopt(connection.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const sockaddr_in address = loopback(port);
  if (connect(connection.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("nobody listens at port " + std::to_string(port));
  }
  std::vector<Received> answers;
  std::string bytes;
  for (const std::string& path : paths) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port) + "\r\n\r\n";
    if (send(connection.fd(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      throw std::runtime_error("cannot send a request to port " + std::to_string(port));
    }
    Received answer;
    while (!take_answer(bytes, answer)) {
      char buffer[64 << 10];
      const ssize_t got = recv(connection.fd(), buffer, sizeof buffer, 0);
      if (got <= 0) throw std::runtime_error("no whole answer to " + path + " from port " + std::to_string(port));
      bytes.append(buffer, static_cast<std::size_t>(got));
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

Received http_get(int port, const std::string& path) { return http_get(port, std::vector{path}).front(); }

int free_port() {
  const Socket probe;
  sockaddr_in address = loopback(0);
  socklen_t bytes = sizeof address;
  if (bind(probe.fd(), reinterpret_cast<const sockaddr*>(&address), bytes) != 0 ||
      getsockname(probe.fd(), reinterpret_cast<sockaddr*>(&address), &bytes) != 0) {
    throw std::runtime_error("no port of 127.0.0.1 is free");
  }
  return ntohs(address.sin_port);
}

}  // namespace bench
