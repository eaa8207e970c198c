#include "peers/server.h"

#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <fstream>
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

bool accepts(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
  const bool connected = connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return connected;
}

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

}  // namespace

Server::Server(std::vector<std::string> command, std::string socket, std::string log)
    : socket_(std::move(socket)), owner_(getpid()) {
  std::vector<char*> argv;
  for (std::string& argument : command) argv.push_back(argument.data());
  argv.push_back(nullptr);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("cannot fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != owner_) _exit(1);
    const int out = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    const int in = open("/dev/null", O_RDONLY);
    dup2(in, 0);
    dup2(out, 1);
    dup2(out, 2);
    execvp(argv[0], argv.data());
    const std::string why = std::string(argv[0]) + ": " + std::strerror(errno) + "\n";
    if (write(2, why.data(), why.size()) < 0) _exit(126);
    _exit(127);
  }
  using namespace std::chrono_literals;
  const auto patience = std::chrono::steady_clock::now() + 20s;
  while (!accepts(socket_)) {
    const bool gone = waitpid(pid_, nullptr, WNOHANG) != 0;
    if (gone || std::chrono::steady_clock::now() > patience) {
      if (!gone) {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
      }
      pid_ = -1;
      throw std::runtime_error(command.front() + " did not start: " + text_of(log));
    }
    std::this_thread::sleep_for(5ms);
  }
}

Server::~Server() {
  // A forked worker that ends must not end the server of all.
  if (pid_ <= 0 || owner_ != getpid()) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

}  // namespace bench
