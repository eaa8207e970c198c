#include "http_client.h"

#include <arpa/inet.h>
#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace demo {
namespace {

constexpr timeval kTimeout = {20, 0};

template <class Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

bool is(std::string_view name, std::string_view wanted) {
  return name.size() == wanted.size() && ::strncasecmp(name.data(), wanted.data(), name.size()) == 0;
}

}  // namespace

void HttpClient::close() noexcept {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  worker_ = 0;
  received_.clear();
}

bool HttpClient::connect() {
  if (socket_ >= 0) return true;
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &kTimeout, sizeof kTimeout);
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &kTimeout, sizeof kTimeout);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

bool HttpClient::send(std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = ::send(socket_, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool HttpClient::receive_more() {
  char buffer[32 * 1024];
  const ssize_t got = ::recv(socket_, buffer, sizeof buffer, 0);
  if (got <= 0) return false;
  received_.append(buffer, static_cast<std::size_t>(got));
  return true;
}

HttpResponse HttpClient::ask(std::string_view method, std::string_view path, std::string_view form) {
  std::string request(method);
  request.append(" ").append(path).append(" HTTP/1.1\r\nHost: 127.0.0.1\r\n");
  if (method == "POST") {
    request +=
        "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(form.size()) + "\r\n";
  }
  request.append("\r\n").append(form);
  HttpResponse response;
  if (connect() && send(request)) response = receive();
  if (!response) close();
  return response;
}

HttpResponse HttpClient::receive() {
  std::size_t end = 0;
  while ((end = received_.find("\r\n\r\n")) == std::string::npos) {
    if (!receive_more()) return {};
  }
  HttpResponse response;
  std::size_t length = 0;
  bool closing = false;
  std::string_view head = std::string_view(received_).substr(0, end);
  const std::string_view status_line = head.substr(0, head.find("\r\n"));
  if (status_line.size() < 12) return {};
  response.status = number<int>(status_line.substr(9, 3));
  for (std::size_t at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n")) {
    head.remove_prefix(at + 2);
    const std::string_view line = head.substr(0, head.find("\r\n"));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    std::string_view value = line.substr(colon + 1);
    while (!value.empty() && value.front() == ' ') value.remove_prefix(1);
    if (is(name, "Content-Length")) length = number<std::size_t>(value);
    if (is(name, "X-Worker")) response.worker = number<pid_t>(value);
    if (is(name, "X-Cache")) response.cache = value;
    if (is(name, "Connection")) closing = is(value, "close");
  }
  while (received_.size() < end + 4 + length) {
    if (!receive_more()) return {};
  }
  response.body = received_.substr(end + 4, length);
  received_.erase(0, end + 4 + length);
  worker_ = response.worker;
  if (closing) close();
  return response;
}

}  // namespace demo
