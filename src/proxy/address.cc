#include "proxy/address.h"

#include "http/uri.h"

#include <freshet/error.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <netdb.h>
#include <netinet/in.h>

namespace freshet::proxy {

Resolved resolve(std::string_view what, const std::string& host, const std::string& port, bool passive) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (passive ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
  if (error != 0) {
    throw ConfigError(std::string(what) + ": \"" + host + "\" is no address: " + ::gai_strerror(error));
  }
  Resolved out;
  std::memcpy(&out.address, found->ai_addr, found->ai_addrlen);
  out.bytes = found->ai_addrlen;
  ::freeaddrinfo(found);
  return out;
}

std::pair<std::string, std::string> host_and_port(std::string_view what, std::string_view text,
                                                  std::string_view default_port) {
  // In a URL port 0 is none; here it asks for a free one.
  const bool any_port = text.ends_with(":0");
  const auto host = http::parse_host("http", any_port ? text.substr(0, text.size() - 2) : text);
  if (!host || host->name.empty()) {
    throw ConfigError(std::string(what) + ": \"" + std::string(text) +
                      "\" is no host and port; write it like 127.0.0.1:8080 or [::1]:8080");
  }
  std::string_view name = host->name;
  if (name.front() == '[') name = name.substr(1, name.size() - 2);
  // parse_host() leaves the scheme's own port out.
  std::string_view port = host->port.empty() ? default_port : host->port;
  if (host->port.empty() && text.ends_with(":80")) port = "80";
  if (any_port) port = "0";
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || end != port.data() + port.size() || number > 65535) {
    throw ConfigError(std::string(what) + ": \"" + std::string(port) + "\" is no port; they go from 0 to 65535");
  }
  return {std::string(name), std::string(port)};
}

std::string_view origin_authority(std::string_view origin) {
  constexpr std::string_view kScheme = "http://";
  if (origin.starts_with("https://")) {
    throw ConfigError("origin: \"" + std::string(origin) + "\": https to the origin is not spoken yet; use http://");
  }
  if (!origin.starts_with(kScheme)) {
    throw ConfigError("origin: \"" + std::string(origin) +
                      "\" does not begin with http://; write it like http://127.0.0.1:5000");
  }
  origin.remove_prefix(kScheme.size());
  if (origin.ends_with('/')) origin.remove_suffix(1);
  if (origin.find('/') != std::string_view::npos) {
    throw ConfigError("origin: \"" + std::string(origin) + "\" has a path; requests keep their own, leave it out");
  }
  return origin;
}

Socket listen_at(const Resolved& at, std::string_view text) {
  const auto fail = [&](std::string_view call) {
    throw ConfigError("listen: " + std::string(text) + ": " + std::string(call) + ": " + std::strerror(errno));
  };
  Socket socket(::socket(at.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) fail("socket");
  const int on = 1;
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // Each worker has a queue of its own, and the kernel spreads the clients.
  ::setsockopt(socket.fd(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (::bind(socket.fd(), reinterpret_cast<const sockaddr*>(&at.address), at.bytes) != 0) fail("bind");
  if (::listen(socket.fd(), 4096) != 0) fail("listen");
  return socket;
}

std::uint16_t port_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

void refuse_if_taken(const Resolved& at, std::string_view text) {
  if (port_of(at.address) == 0) return;
  const Socket probe(::socket(at.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  ::setsockopt(probe.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (::bind(probe.fd(), reinterpret_cast<const sockaddr*>(&at.address), at.bytes) != 0) {
    throw ConfigError("listen: " + std::string(text) + ": " + std::strerror(errno));
  }
}

}  // namespace freshet::proxy
