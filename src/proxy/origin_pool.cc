#include "proxy/origin_pool.h"

#include <algorithm>
#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace freshet::proxy {

OriginConnection::OriginConnection(EventLoop& loop, OriginPool& pool, Socket socket)
    : loop_(loop), pool_(pool), socket_(std::move(socket)), idle_(loop, [this] { pool_.drop(*this); }) {}

OriginConnection::~OriginConnection() {
  if (socket_) loop_.remove(socket_.fd(), *this);
}

void OriginConnection::on_events(Events events) {
  if (user_ != nullptr) {
    user_->on_events(events);
  } else if (events.readable || events.hung_up) {
    // Closed by the origin, or it speaks unasked: in both cases of no more use.
    pool_.drop(*this);
  }
}

OriginPool::OriginPool(EventLoop& loop, const Settings& settings, const sockaddr_storage& address,
                       socklen_t address_bytes)
    : loop_(loop), settings_(settings), address_(address), address_bytes_(address_bytes) {}

OriginPool::~OriginPool() = default;

std::shared_ptr<OriginConnection> OriginPool::take(bool fresh_only) {
  while (!fresh_only && !idle_.empty()) {
    std::shared_ptr<OriginConnection> connection = std::move(idle_.back());
    idle_.pop_back();
    connection->idle_.cancel();
    // The origin may have closed it within this round of events.
    char byte = 0;
    const ssize_t got = ::recv(connection->fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) continue;
    return connection;
  }
  Socket socket(::socket(address_.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket) return nullptr;
  const int on = 1;
  ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address_), address_bytes_) != 0 &&
      errno != EINPROGRESS) {
    return nullptr;
  }
  auto connection = std::make_shared<OriginConnection>(loop_, *this, std::move(socket));
  if (!loop_.add(connection->fd(), *connection)) return nullptr;
  return connection;
}

void OriginPool::give_back(std::shared_ptr<OriginConnection> connection) {
  connection->set_user(nullptr);
  connection->reused_ = true;
  if (idle_.size() >= settings_.most_idle_origin_connections) {
    loop_.destroy_later(std::move(connection));
    return;
  }
  connection->idle_.set(settings_.timeouts.origin_idle);
  idle_.push_back(std::move(connection));
}

void OriginPool::drop(OriginConnection& connection) {
  const auto at = std::find_if(idle_.begin(), idle_.end(), [&](const auto& one) { return one.get() == &connection; });
  if (at == idle_.end()) return;
  loop_.destroy_later(std::move(*at));
  idle_.erase(at);
}

}  // namespace freshet::proxy
