#include "peers/server.h"

#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sstream>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace bench {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

bool connects(int family, const sockaddr* address, socklen_t bytes) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const bool connected = connect(fd, address, bytes) == 0;
  close(fd);
  return connected;
}

bool accepts_on(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  return connects(AF_UNIX, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

[[noreturn]] void become(std::vector<char*>& argv, const std::string& log, const Server::Manner& manner) {
  const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  bool ready = true;
  if (manner.processor) {
    cpu_set_t only;
    CPU_ZERO(&only);
    CPU_SET(static_cast<std::size_t>(*manner.processor), &only);
    ready = sched_setaffinity(0, sizeof only, &only) == 0;
  }
  if (ready) execvp(argv[0], argv.data());
  const std::string why = std::string(argv[0]) + ": " + std::strerror(errno) + "\n";
  if (write(2, why.data(), why.size()) < 0) _exit(126);
  _exit(127);
}

}  // namespace

bool accepts_at(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return connects(AF_INET, reinterpret_cast<const sockaddr*>(&address), sizeof address);
}

Server::Server(std::vector<std::string> command, const std::function<bool()>& accepts, const std::string& log,
               Manner manner)
    : manner_(manner), owner_(getpid()) {
  std::vector<char*> argv;
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, manner.ask_to_end ? SIGTERM : SIGKILL);
    if (getppid() != owner_) _exit(1);
    become(argv, log, manner);
  }
  const auto patience = Clock::now() + 20s;
  while (!accepts()) {
    const bool gone = waitpid(pid_, nullptr, WNOHANG) != 0;
    if (gone || Clock::now() > patience) {
      if (gone) {
        pid_ = -1;
      } else {
        end();
      }
      throw std::runtime_error(command.front() + " did not start: " + text_of(log));
    }
    std::this_thread::sleep_for(5ms);
  }
}

Server::Server(std::vector<std::string> command, std::string socket, const std::string& log)
    : Server(
          std::move(command), [&socket] { return accepts_on(socket); }, log, Manner{}) {
  socket_ = std::move(socket);
}

Server::~Server() {
  // A forked worker that ends must not end the server of all.
  if (pid_ > 0 && owner_ == getpid()) end();
}

void Server::end() {
  if (manner_.ask_to_end) {
    kill(pid_, SIGTERM);
    for (const auto patience = Clock::now() + 5s; Clock::now() < patience; std::this_thread::sleep_for(5ms)) {
      if (waitpid(pid_, nullptr, WNOHANG) != 0) return;
    }
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace bench
