#include "proxy/worker.h"

#include "proxy/client_connection.h"

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace freshet::proxy {
namespace {
constexpr milliseconds kAcceptPause{50};
}  // namespace

Worker::Worker(Shared& shared, Socket listener)
    : shared_(shared),
      listener_(std::move(listener)),
      accept_again_(loop_, [this] { accept_clients(); }),
      origins_(loop_, shared.settings, shared.origin, shared.origin_bytes),
      access_log_(loop_, shared.access_log.fd()) {
  loop_.add(listener_.fd(), *this);
}

Worker::~Worker() { end_connections(); }

void Worker::end_connections() {
  for (const auto& client : std::exchange(clients_, {})) client->close();
  fetches_.clear();
}

void Worker::on_events(Events) { accept_clients(); }

void Worker::accept_clients() {
  for (;;) {
    sockaddr_storage address{};
    socklen_t bytes = sizeof address;
    Socket socket(
        ::accept4(listener_.fd(), reinterpret_cast<sockaddr*>(&address), &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      // Out of descriptors or memory: those who wait already are not told again.
      if (errno != EAGAIN && errno != EWOULDBLOCK) accept_again_.set(kAcceptPause);
      return;
    }
    const int on = 1;
    ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (clients_.size() >= settings().most_clients) continue;  // closed at once
    auto client = std::make_shared<ClientConnection>(*this, std::move(socket), address);
    clients_.insert(client);
    if (!client->start()) client->close();
  }
}

std::shared_ptr<Fetch> Worker::fetch(const http::Request& request, Fetch::Plan plan, std::shared_ptr<Flight> flight) {
  auto one = std::make_shared<Fetch>(*this, request, std::move(plan), std::move(flight));
  fetches_.insert(one);
  one->start();
  return one;
}

void Worker::fetch_ended(const std::shared_ptr<Fetch>& fetch) {
  fetches_.erase(fetch);
  loop_.destroy_later(fetch);
}

void Worker::client_ended(const std::shared_ptr<ClientConnection>& client) {
  clients_.erase(client);
  loop_.destroy_later(client);
}

}  // namespace freshet::proxy
