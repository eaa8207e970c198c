// Addresses as people write them, and sockets that listen at them. Errors: ConfigError, which names the option, what
// was written and the mend.
#pragma once

#include "proxy/event_loop.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <utility>

namespace freshet::proxy {

/// As bind() and connect() take it.
struct Resolved {
  sockaddr_storage address{};
  socklen_t bytes = 0;
};

/// "127.0.0.1:8080" and "[::1]:8080" in two, without the brackets.
std::pair<std::string, std::string> host_and_port(std::string_view what, std::string_view text,
                                                  std::string_view default_port);
/// "http://127.0.0.1:5000" without its scheme.
std::string_view origin_authority(std::string_view origin);
Resolved resolve(std::string_view what, const std::string& host, const std::string& port, bool passive);

/// Several may listen at one address, for as many threads: the kernel spreads the clients over them. So whoever comes
/// first asks whether another process is there already.
void refuse_if_taken(const Resolved& at, std::string_view text);
Socket listen_at(const Resolved& at, std::string_view text);
std::uint16_t port_of(const sockaddr_storage& address);

}  // namespace freshet::proxy
