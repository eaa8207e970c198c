#include "proxy/admin_address.h"

#include "proxy/address.h"
#include "proxy/json_string.h"

#include <freshet/error.h>
#include <freshet/metrics.h>
#include <freshet/responses.h>

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace freshet::proxy {
namespace {

constexpr std::size_t kShortestToken = 16;
constexpr std::string_view kUnix = "unix:";

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    return (ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr) >> 24) == 127;
  }
  const in6_addr& six = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
  return address.ss_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&six) != 0;
}

Socket listen_at_path(const std::string& path) {
  const auto fail = [&](const std::string& why) -> void { throw ConfigError("admin: unix:" + path + ": " + why); };
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) fail("a path of 1 to 107 bytes is needed");
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto* const at = reinterpret_cast<const sockaddr*>(&address);
  // A file that a killed proxy left behind is nobody's; one that answers is another proxy's.
  const Socket probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (::connect(probe.fd(), at, sizeof address) == 0) fail("another process answers there");
  struct stat file {};
  if (::lstat(path.c_str(), &file) == 0) {
    if (!S_ISSOCK(file.st_mode)) fail("there is a file that is no socket; choose another path");
    ::unlink(path.c_str());
  }
  Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  // The mode must be right from the first moment: between bind() and chmod() anybody could connect.
  const mode_t before = ::umask(0177);
  const bool bound = ::bind(socket.fd(), at, sizeof address) == 0;
  const int error = errno;
  ::umask(before);
  if (!bound) fail(std::strerror(error));
  if (::listen(socket.fd(), 64) != 0) fail(std::strerror(errno));
  return socket;
}

AdminAnswer refusal(std::uint16_t status, std::string_view why) {
  AdminAnswer answer{status, "application/json", "{\"error\":"};
  append_json_string(answer.body, why);
  answer.body += "}\n";
  return answer;
}

// Everything is looked at before anything is done: a request with a mistake in it purges nothing.
AdminAnswer purge(Store& store, std::string_view query) {
  std::vector<std::pair<std::string, std::string>> wanted;
  std::string wrong;
  const bool decoded = each_parameter(query, [&](std::string_view name, std::string value) {
    if (name != "url" && name != "tag" && name != "prefix" && name != "all") {
      wrong = "\"" + std::string(name) + "\" is no parameter; there are url, tag, prefix and all=yes";
    } else if (value.empty() || (name == "all" && value != "yes")) {
      wrong = name == "all" ? "all takes yes" : std::string(name) + " is empty";
    }
    wanted.emplace_back(name, std::move(value));
  });
  if (!decoded) return refusal(400, "A percent sign in the query is not followed by two hexadecimal digits.");
  if (!wrong.empty()) return refusal(400, wrong);
  if (wanted.empty()) return refusal(400, "purge what? give url=, tag=, prefix= or all=yes");

  AdminAnswer answer;
  answer.body = "{\"purged\":[";
  bool first = true;
  for (const auto& [name, value] : wanted) {
    Purged purged{Reason::invalidated, 0};
    try {
      if (name == "url") {
        purged = purge_url(store, value);
      } else if (name == "prefix") {
        purged = purge_prefix(store, value);
      } else if (name == "tag") {
        store.invalidate_tag(value);
        store.count(Reason::invalidated);
      } else {
        store.clear();
        store.count(Reason::invalidated);
      }
    } catch (const ConfigError& error) {
      return refusal(400, error.what());
    }
    if (!std::exchange(first, false)) answer.body += ',';
    answer.body += "{\"" + name + "\":";
    append_json_string(answer.body, value);
    answer.body.append(",\"reason\":\"").append(freshet::name(purged.reason)).append("\"");
    if (name == "url") answer.body += ",\"responses\":" + std::to_string(purged.responses);
    answer.body += '}';
  }
  answer.body += "]}\n";
  return answer;
}

AdminAnswer answer(Store& store, std::string_view method, std::string_view path, std::string_view query) {
  if (path == "/purge") {
    if (method != "POST") return refusal(405, "Purging changes something: POST /purge.");
    return purge(store, query);
  }
  if (path == "/metrics") {
    if (method != "GET") return refusal(405, "GET /metrics.");
    return {200, "text/plain; version=0.0.4", prometheus_text(store.stats())};
  }
  return refusal(404, "There are POST /purge and GET /metrics.");
}

}  // namespace

AdminAddress::~AdminAddress() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

std::unique_ptr<AdminAddress> open_admin(const std::string& where, const std::string& token, EventLoop& loop,
                                         Store& store) {
  if (where.empty()) return nullptr;
  const auto handler = [&store](std::string_view method, std::string_view path, std::string_view query) {
    return answer(store, method, path, query);
  };
  if (where.starts_with(kUnix)) {
    const std::string path = where.substr(kUnix.size());
    return std::make_unique<AdminAddress>(std::make_unique<Admin>(loop, listen_at_path(path), token, handler), path);
  }
  const auto [host, port] = host_and_port("admin", where, "9090");
  const Resolved at = resolve("admin", host, port, false);
  if (!is_loopback(at.address)) {
    throw ConfigError("admin: " + where +
                      " can be reached from outside; use a loopback address such as 127.0.0.1:9090, or unix:/path");
  }
  if (token.size() < kShortestToken) {
    throw ConfigError("admin: every user of this machine can connect to " + where +
                      "; give a token of at least 16 characters, or use unix:/path");
  }
  refuse_if_taken(at, where);
  return std::make_unique<AdminAddress>(std::make_unique<Admin>(loop, listen_at(at, where), token, handler), "");
}

Socket open_access_log(const std::string& path) {
  if (path.empty()) return {};
  Socket file(path == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)
                          : ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!file) throw ConfigError("access log: " + path + ": " + std::strerror(errno));
  return file;
}

}  // namespace freshet::proxy
