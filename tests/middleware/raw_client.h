// A client that sends what it is told and shows what came, byte by byte: one connection per request, read to its end.
#pragma once

#include <freshet/http_message.h>

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <vector>

namespace middleware {

struct Reply {
  int status = 0;
  std::vector<freshet::HttpField> fields;
  std::string body;
  std::string field(std::string_view name) const {
    return std::string(freshet::find_field(fields, name).value_or("(none)"));
  }
};

inline Reply parse_reply(const std::string& bytes) {
  Reply out;
  const std::size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos || bytes.size() < 12) return out;
  out.status = std::atoi(bytes.c_str() + 9);
  for (std::size_t at = bytes.find("\r\n") + 2; at < end;) {
    const std::string line = bytes.substr(at, bytes.find("\r\n", at) - at);
    at += line.size() + 2;
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    out.fields.push_back({line.substr(0, colon), line.substr(std::min(line.size(), colon + 2))});
  }
  out.body = bytes.substr(end + 4);
  return out;
}

/// One request that has been sent, and whose answer is read when it is wanted.
class Exchange {
 public:
  Exchange(int port, std::string_view method, std::string_view target,
           const std::vector<freshet::HttpField>& fields = {})
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    std::string request(method);
    request.append(" ").append(target).append(" HTTP/1.1\r\nHost: example.org\r\nConnection: close\r\n");
    for (const freshet::HttpField& field : fields) request.append(field.name + ": " + field.value + "\r\n");
    request += "\r\n";
    const timeval patience = {60, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return;
    std::string_view rest = request;
    while (!rest.empty()) {
      const ssize_t sent = ::send(socket_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      rest.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  ~Exchange() { ::close(socket_); }

  /// Status 0 when nothing that is an answer came within a minute.
  Reply receive() const {
    std::string got;
    char buffer[16 * 1024];
    for (ssize_t n = 0; (n = ::recv(socket_, buffer, sizeof buffer, 0)) > 0;) {
      got.append(buffer, static_cast<std::size_t>(n));
    }
    return parse_reply(got);
  }

 private:
  int socket_;
};

inline Reply ask(int port, std::string_view method, std::string_view target,
                 const std::vector<freshet::HttpField>& fields = {}) {
  return Exchange(port, method, target, fields).receive();
}

}  // namespace middleware
