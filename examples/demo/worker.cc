#include "worker.h"

#include "cached_catalog.h"
#include "routes.h"
#include "scoreboard.h"

#include <httplib.h>

#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <thread>

namespace demo {
namespace {

using namespace std::chrono_literals;

// A connection that is kept open occupies a thread of cpp-httplib.
constexpr std::size_t kThreads = 128;
constexpr std::size_t kDatabaseConnections = 4;
// How long a query waits for a lock: a writer is done within milliseconds, an outage is not worth waiting for.
constexpr auto kPatience = 250ms;

class Server : public httplib::Server {
 public:
  Server() {
    new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    set_keep_alive_max_count(1'000'000);
    set_keep_alive_timeout(2);
    set_tcp_nodelay(true);
    set_socket_options([](int socket) {
      const int yes = 1;
      ::setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    });
  }
  bool bind(int port) {
    if (!bind_to_port("127.0.0.1", port)) return false;
    // cpp-httplib lets five connections wait to be accepted; a second listen() only sets another number.
    return ::listen(svr_sock_, 512) == 0;
  }
};

sigset_t terminate_signal() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

int run_worker(const WorkerSettings& settings) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != settings.supervisor) return 1;  // It died before the line above.
  ::signal(SIGINT, SIG_IGN);                         // A terminal's Ctrl-C goes to all; the supervisor tells us.
  const sigset_t terminate = terminate_signal();
  ::pthread_sigmask(SIG_BLOCK, &terminate, nullptr);

  Scoreboard scoreboard(settings.scoreboard_file);
  const auto catalog = std::make_shared<Catalog>(settings.database, kDatabaseConnections, kPatience, scoreboard);
  const CachedCatalog cached(catalog, freshet::open(settings.cache_url));

  Server server;
  add_routes(server, cached, scoreboard);
  if (!server.bind(settings.port)) {
    std::fprintf(stderr, "worker: port %d cannot be used\n", settings.port);
    return 1;
  }
  std::jthread stopper([&] {
    int signal = 0;
    ::sigwait(&terminate, &signal);
    server.stop();
  });
  scoreboard.set_worker(settings.index, ::getpid());
  const bool served = server.listen_after_bind();
  scoreboard.set_worker(settings.index, 0);
  ::pthread_kill(stopper.native_handle(), SIGTERM);
  return served ? 0 : 1;
}

}  // namespace demo
