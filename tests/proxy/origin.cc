#include "tests/proxy/origin.h"

#include "tests/proxy/gate.h"

#include <algorithm>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

namespace freshet::proxy_test {

void Visit::begin(int status, std::string_view fields) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " As told\r\n";
  connection.send(head.append(fields).append("\r\n"));
}

void Visit::answer(int status, std::string_view fields, std::string_view body) {
  std::string all = "HTTP/1.1 " + std::to_string(status) + " As told\r\n";
  all.append(fields).append("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n");
  if (request.method() != "HEAD") all.append(body);
  connection.send(all);
}

void Visit::chunk(std::string_view content) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", content.size());
  connection.send(std::string(size).append(content).append("\r\n"));
}

void Visit::last_chunk() { connection.send("0\r\n\r\n"); }

Origin::Origin(Script script, bool reads_bodies, std::uint16_t port)
    : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)),
      reads_bodies_(reads_bodies),
      script_(std::move(script)) {
  // A thousand clients and both ends of their connections in one process.
  rlimit descriptors{};
  ::getrlimit(RLIMIT_NOFILE, &descriptors);
  descriptors.rlim_cur = descriptors.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &descriptors);
  const int on = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t bytes = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), bytes) != 0 || ::listen(listener_, 4096) != 0) {
    throw std::runtime_error("the origin has no port");
  }
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &bytes);
  port_ = ntohs(address.sin_port);
  accepting_ = std::thread([this] { accept_all(); });
}

Origin::~Origin() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  ::shutdown(listener_, SHUT_RDWR);
  accepting_.join();
  drop_connections();
  for (Served& one : served_) one.thread.join();
  ::close(listener_);
}

void Origin::drop_connections() {
  const std::scoped_lock lock(mutex_);
  for (Served& one : served_) ::shutdown(one.connection.fd(), SHUT_RDWR);
}

void Origin::accept_all() {
  for (;;) {
    const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const std::scoped_lock lock(mutex_);
    if (stopping_ || fd < 0) {
      if (fd >= 0) ::close(fd);
      return;
    }
    Served& one = served_.emplace_back(Served{Connection(fd), {}});
    one.thread = std::thread([this, &one] { serve(one.connection); });
    changed_.notify_all();
  }
}

void Origin::serve(Connection& connection) {
  try {
    for (;;) {
      Message request;
      if (!connection.read_head(request)) break;
      if (reads_bodies_) connection.read_body(request, request.method(), true);
      Script script;
      std::size_t number = 0;
      {
        const std::scoped_lock lock(mutex_);
        seen_.push_back(request);
        number = seen_.size();
        script = script_;
        changed_.notify_all();
      }
      Visit visit{std::move(request), connection, number};
      script(visit);
      if (!visit.keep) break;
    }
  } catch (const std::exception&) {
    // Nobody came any more, or the script gave up: the connection ends.
  }
  // Not closed: its number must stay this one's while drop_connections() may use it.
  ::shutdown(connection.fd(), SHUT_RDWR);
}

std::size_t Origin::requests() const {
  const std::scoped_lock lock(mutex_);
  return seen_.size();
}

std::size_t Origin::requests_of(std::string_view target) const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(
      std::count_if(seen_.begin(), seen_.end(), [&](const Message& one) { return one.target() == target; }));
}

std::size_t Origin::connections() const {
  const std::scoped_lock lock(mutex_);
  return served_.size();
}

void Origin::await_requests(std::size_t count) const {
  std::unique_lock lock(mutex_);
  if (!changed_.wait_for(lock, kLimit, [&] { return seen_.size() >= count; })) {
    throw std::runtime_error("the origin was asked less often than expected");
  }
}

std::vector<Message> Origin::seen() const {
  const std::scoped_lock lock(mutex_);
  return seen_;
}

void Origin::replace(Script script) {
  const std::scoped_lock lock(mutex_);
  script_ = std::move(script);
}

}  // namespace freshet::proxy_test
