#include "worker.h"

#include "cached_catalog.h"
#include "routes.h"
#include "scoreboard.h"

#include <chrono>
#include <csignal>
#include <httplib.h>
#include <memory>
#include <pthread.h>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

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
  explicit Server(int listening_socket) {
    svr_sock_ = listening_socket;
    new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
    set_keep_alive_max_count(1'000'000);
    set_idle_interval(100ms);  // how soon finish() is noticed
  }
  // Not stop(): that would shut down the socket, which is not ours.
  void finish() { svr_sock_ = INVALID_SOCKET; }
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

  Server server(settings.listening_socket);
  add_routes(server, cached, scoreboard);
  std::jthread stopper([&] {
    int signal = 0;
    ::sigwait(&terminate, &signal);
    server.finish();
  });
  scoreboard.set_worker(settings.index, ::getpid());
  const bool served = server.listen_after_bind();
  scoreboard.set_worker(settings.index, 0);
  // It is blocked everywhere: only the thread that waits for it takes it.
  ::pthread_kill(stopper.native_handle(), SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread)
  return served ? 0 : 1;
}

}  // namespace demo
