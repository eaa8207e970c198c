// Connections to the origin, of one worker: kept open between requests, the one that was used last first.
#pragma once

#include "proxy/event_loop.h"
#include "proxy/settings.h"

#include <memory>
#include <sys/socket.h>
#include <vector>

namespace freshet::proxy {

class OriginPool;

class OriginConnection : public Watcher, public std::enable_shared_from_this<OriginConnection> {
 public:
  OriginConnection(EventLoop& loop, OriginPool& pool, Socket socket);
  ~OriginConnection() override;
  int fd() const noexcept { return socket_.fd(); }
  /// Who uses it now and is told of its events; null: it is idle.
  void set_user(Watcher* user) noexcept { user_ = user; }
  /// It has carried a request before: the origin may be about to close it.
  bool is_reused() const noexcept { return reused_; }
  void on_events(Events events) override;

 private:
  friend class OriginPool;
  EventLoop& loop_;
  OriginPool& pool_;
  Socket socket_;
  Watcher* user_ = nullptr;
  bool reused_ = false;
  Timer idle_;
};

class OriginPool {
 public:
  /// `address`: resolved; it is the same for all connections.
  OriginPool(EventLoop& loop, const Settings& settings, const sockaddr_storage& address, socklen_t address_bytes);
  ~OriginPool();

  /// An idle connection, or a new one that is not yet connected: it becomes writable when it is. Null with errno set.
  std::shared_ptr<OriginConnection> take(bool fresh_only);
  /// Gives one back whose response has been read to its end.
  void give_back(std::shared_ptr<OriginConnection> connection);
  std::size_t idle() const noexcept { return idle_.size(); }

 private:
  friend class OriginConnection;
  void drop(OriginConnection& connection);
  EventLoop& loop_;
  const Settings& settings_;
  sockaddr_storage address_;
  socklen_t address_bytes_;
  std::vector<std::shared_ptr<OriginConnection>> idle_;
};

}  // namespace freshet::proxy
