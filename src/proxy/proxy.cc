// From options to a running proxy: addresses, sockets, threads.
#include "http/uri.h"
#include "proxy/address.h"
#include "proxy/admin_address.h"
#include "proxy/worker.h"

#include <freshet/cache.h>
#include <freshet/error.h>
#include <freshet/proxy.h>

#include <algorithm>
#include <thread>
#include <vector>

namespace freshet {
namespace {

using proxy::Resolved;
using proxy::Shared;
using proxy::Socket;
using proxy::Worker;

http::Rules rules_of(std::string_view profile) {
  if (profile == "safe") return http::Rules::safe();
  if (profile == "rfc") return http::Rules::rfc();
  throw ConfigError("profile: \"" + std::string(profile) + "\" is none; there are safe and rfc");
}

}  // namespace

struct Proxy::Running {
  std::unique_ptr<Shared> shared;
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<proxy::AdminAddress> admin;  // on the first worker's loop
  std::vector<std::thread> threads;
  std::string host;
  std::uint16_t port = 0;
};

Proxy::Proxy(const ProxyOptions& options) : running_(std::make_unique<Running>()) {
  const auto [origin_host, origin_port] = proxy::host_and_port("origin", proxy::origin_authority(options.origin), "80");
  const auto [host, port] = proxy::host_and_port("listen", options.listen, "8080");
  const http::Rules rules = rules_of(options.profile);
  const Resolved origin = proxy::resolve("origin", origin_host, origin_port, false);
  Resolved at = proxy::resolve("listen", host, port, true);

  proxy::refuse_if_taken(at, options.listen);
  Socket access_log = proxy::open_access_log(options.access_log);
  running_->host = host;
  running_->shared = std::unique_ptr<Shared>(new Shared{{},
                                                        {},
                                                        exchange::ResponseStore(open(options.store).store(), "http"),
                                                        {},
                                                        {},
                                                        origin.address,
                                                        origin.bytes,
                                                        std::move(access_log)});
  running_->shared->settings.rules = rules;
  running_->shared->settings.timeouts = options.timeouts;
  running_->shared->settings.origin_authority = proxy::origin_authority(options.origin);
  running_->shared->limits.unknown_response_codings = options.profile == "rfc";
  const unsigned threads = options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < threads; ++i) {
    Socket listener = proxy::listen_at(at, options.listen);
    if (i == 0) {
      at.bytes = sizeof at.address;
      ::getsockname(listener.fd(), reinterpret_cast<sockaddr*>(&at.address), &at.bytes);
      running_->port = proxy::port_of(at.address);
    }
    running_->workers.push_back(std::make_unique<Worker>(*running_->shared, std::move(listener)));
  }
  running_->admin = proxy::open_admin(options.admin, options.admin_token, running_->workers.front()->loop(),
                                      running_->shared->store.store());
}

Proxy::~Proxy() { stop(); }

void Proxy::start() {
  if (!running_->threads.empty()) return;
  for (const auto& worker : running_->workers) running_->threads.emplace_back([&one = *worker] { one.run(); });
}

void Proxy::stop() {
  for (const auto& worker : running_->workers) worker->stop();
  for (std::thread& thread : running_->threads) thread.join();
  running_->threads.clear();
  for (const auto& worker : running_->workers) worker->end_connections();
}

std::uint16_t Proxy::port() const noexcept { return running_->port; }

std::size_t Proxy::loads_under_way() const { return running_->shared->flights.size(); }

std::string Proxy::url() const {
  const std::string host = running_->host.find(':') == std::string::npos ? running_->host : '[' + running_->host + ']';
  return "http://" + host + ':' + std::to_string(running_->port);
}

}  // namespace freshet
