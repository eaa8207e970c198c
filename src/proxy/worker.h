// One thread of the proxy: its loop, its listening socket, its clients and its connections to the origin. All workers
// share the store, the settings and the flights.
#pragma once

#include "exchange/response_store.h"
#include "http1/framing.h"
#include "http1/write.h"
#include "proxy/access_log.h"
#include "proxy/event_loop.h"
#include "proxy/fetch.h"
#include "proxy/flight.h"
#include "proxy/origin_pool.h"
#include "proxy/settings.h"
#include "proxy/unshareable.h"

#include <atomic>
#include <memory>
#include <unordered_set>

namespace freshet::proxy {

class ClientConnection;

/// What all workers of a proxy share.
struct Shared {
  Settings settings;
  http1::Limits limits;
  exchange::ResponseStore store;
  FlightTable flights;
  Unshareable unshareable;
  sockaddr_storage origin{};
  socklen_t origin_bytes = 0;
  Socket access_log;  ///< a file
};

class Worker : private Watcher {
 public:
  /// `listener`: bound and listening, non-blocking.
  Worker(Shared& shared, Socket listener);
  ~Worker() override;

  void run() { loop_.run(); }
  /// From any thread.
  void stop() { loop_.stop(); }
  /// Ends all connections. After run(); and of all workers before any of them is destroyed, for a flight knows the
  /// loops of all who listen.
  void end_connections();

  EventLoop& loop() noexcept { return loop_; }
  const Settings& settings() const noexcept { return shared_.settings; }
  const http1::Limits& limits() const noexcept { return shared_.limits; }
  const exchange::ResponseStore& store() const noexcept { return shared_.store; }
  FlightTable& flights() noexcept { return shared_.flights; }
  OriginPool& origins() noexcept { return origins_; }
  AccessLog& access_log() noexcept { return access_log_; }
  std::string_view date_line() { return date_.at(loop_.now()); }

  /// Starts a fetch and holds it until it ends.
  std::shared_ptr<Fetch> fetch(const http::Request& request, Fetch::Plan plan, std::shared_ptr<Flight> flight);
  void fetch_ended(const std::shared_ptr<Fetch>& fetch);
  void client_ended(const std::shared_ptr<ClientConnection>& client);

  /// Responses to this key were not for sharing lately: whoever asks goes alone, and nobody waits for nothing.
  bool is_unshareable(std::string_view key) const { return shared_.unshareable.contains(key, loop_.tick()); }
  void note_unshareable(std::string_view key) { shared_.unshareable.add(key, loop_.tick()); }

 private:
  void on_events(Events events) override;
  void accept_clients();

  Shared& shared_;
  EventLoop loop_;
  Socket listener_;
  Timer accept_again_;
  OriginPool origins_;
  AccessLog access_log_;
  http1::DateLine date_;
  std::unordered_set<std::shared_ptr<ClientConnection>> clients_;
  std::unordered_set<std::shared_ptr<Fetch>> fetches_;
};

}  // namespace freshet::proxy
