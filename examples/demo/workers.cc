#include "workers.h"

#include <arpa/inet.h>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spawn.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace demo {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kLook = 5ms;  // how often the watcher looks for the dead
constexpr auto kStartTime = 30s;
constexpr auto kStopTime = 4s;
constexpr int kBacklog = 512;

// Returns the socket, bound to `port`; the port it got is in `port`.
int bind_socket(int option, int& port) {
  const int file = ::socket(AF_INET, SOCK_STREAM, 0);
  const int yes = 1;
  ::setsockopt(file, SOL_SOCKET, option, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(file, any, size) != 0 || ::getsockname(file, any, &size) != 0) {
    const std::string why = std::strerror(errno);
    ::close(file);
    throw std::runtime_error("port " + std::to_string(port) + " cannot be used: " + why +
                             ". Give another with --port, or none for any free one.");
  }
  port = ntohs(address.sin_port);
  return file;
}

}  // namespace

ListeningSockets::ListeningSockets(std::size_t count, int port) : port_(port) {
  // First without sharing: that fails when anybody else has the port, another demo included.
  ::close(bind_socket(SO_REUSEADDR, port_));
  for (std::size_t i = 0; i < count; ++i) {
    const int file = bind_socket(SO_REUSEPORT, port_);
    files_.push_back(file);
    // Accepted connections inherit it: an answer is not held back until the one before was acknowledged.
    const int yes = 1;
    ::setsockopt(file, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  }
  for (const int file : files_) ::listen(file, kBacklog);
}
ListeningSockets::~ListeningSockets() {
  for (const int file : files_) ::close(file);
}

Workers::Workers(std::size_t count, const WorkerSettings& settings, const ListeningSockets& sockets,
                 Scoreboard& scoreboard)
    : settings_(settings), sockets_(&sockets), scoreboard_(&scoreboard), processes_(count, 0) {
  for (std::size_t i = 0; i < count; ++i) scoreboard_->set_worker(i, 0);
  // A worker dies with the thread that started it: so one thread starts them all, and lives as long as they.
  watcher_ = std::thread([this] { watch(); });
  try {
    wait_until_up();
  } catch (...) {
    stopping_ = true;
    watcher_.join();
    throw;
  }
}

Workers::~Workers() {
  stopping_ = true;
  watcher_.join();
}

bool Workers::all_up() const noexcept {
  for (std::size_t i = 0; i < count(); ++i) {
    if (pid(i) == 0) return false;
  }
  return true;
}

void Workers::wait_until_up() {
  const auto until = Clock::now() + kStartTime;
  while (!all_up()) {
    if (Clock::now() > until || replaced() > 2 * count()) {
      throw std::runtime_error("the workers do not start; their own messages are above");
    }
    std::this_thread::sleep_for(kLook);
  }
}

pid_t Workers::start(std::size_t index) {
  const std::vector<std::string> words = {"freshet_demo",
                                          "--worker",
                                          std::to_string(index),
                                          std::to_string(sockets_->file(index)),
                                          std::to_string(scoreboard_->file()),
                                          std::to_string(::getpid()),
                                          settings_.database,
                                          settings_.cache_url};
  std::vector<char*> arguments;
  arguments.reserve(words.size() + 1);
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  // The supervisor's threads block the signals that end it; a worker must hear them.
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t pid = 0;
  if (::posix_spawn(&pid, "/proc/self/exe", nullptr, &attributes, arguments.data(), environ) != 0) pid = 0;
  ::posix_spawnattr_destroy(&attributes);
  return pid;
}

void Workers::watch() {
  for (std::size_t i = 0; i < count(); ++i) processes_[i] = start(i);
  while (!stopping_) {
    std::this_thread::sleep_for(kLook);
    for (std::size_t i = 0; i < count(); ++i) {
      if (processes_[i] != 0 && ::waitpid(processes_[i], nullptr, WNOHANG) == 0) continue;
      scoreboard_->set_worker(i, 0);
      replaced_.fetch_add(1);
      processes_[i] = start(i);
    }
  }
  for (const pid_t process : processes_) {
    if (process != 0) ::kill(process, SIGTERM);
  }
  const auto until = Clock::now() + kStopTime;
  for (const pid_t process : processes_) {
    if (process == 0) continue;
    while (::waitpid(process, nullptr, WNOHANG) == 0) {
      if (Clock::now() > until) ::kill(process, SIGKILL);
      std::this_thread::sleep_for(kLook);
    }
  }
}

}  // namespace demo
