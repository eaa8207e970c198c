// A bare epoll loop that only answers: what the machine's sockets allow, with nothing that a cache does. It finds the
// end of a request's head, looks its path up and sends an answer that was written before. Also the origin behind the
// caches, so it counts its requests: GET /requests answers with the number of all others.
//
// One thread. It looks at the method, the path and nothing else: it is no HTTP server. Run: bench_bare_loop PORT
#include "proxy/answers.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <string_view>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>
#include <unordered_map>

namespace {

using bench::Answer;

constexpr std::size_t kMostHead = 16 << 10;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

struct Connection {
  int fd;
  bool waits_for_room = false;  ///< epoll is asked for EPOLLOUT instead of EPOLLIN
  std::size_t held = 0;
  const Answer* answer = nullptr;  ///< being sent
  std::size_t sent = 0;
  Answer counted = {};
  char received[kMostHead] = {};
};

class Loop {
 public:
  explicit Loop(int port) : epoll_(epoll_create1(EPOLL_CLOEXEC)), listener_(listen_at(port)) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, listener_, &event);
  }

  [[noreturn]] void run() {
    epoll_event events[256];
    for (;;) {
      const int count = epoll_wait(epoll_, events, 256, -1);
      for (int i = 0; i < count; ++i) {
        auto* connection = static_cast<Connection*>(events[i].data.ptr);
        if (connection == nullptr) {
          accept_all();
        } else if (!serve(*connection)) {
          close(connection->fd);
          delete connection;
        }
      }
    }
  }

 private:
  static int listen_at(int port) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const int yes = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 || listen(fd, 1024) != 0) {
      std::perror("bench_bare_loop: cannot listen");
      std::exit(1);
    }
    return fd;
  }

  void accept_all() {
    for (int fd; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      const int yes = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
      epoll_event event{.events = EPOLLIN, .data = {.ptr = new Connection{.fd = fd}}};
      epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
    }
  }

  // False: to be closed.
  bool serve(Connection& c) {
    if (c.answer != nullptr) {
      if (!send_rest(c)) return false;
      if (c.answer != nullptr) return true;
      // What was pipelined behind it has been read already.
      return answer_all(c) && wait_for(c, c.answer != nullptr);
    }
    const ssize_t got = recv(c.fd, c.received + c.held, kMostHead - c.held, 0);
    if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
    c.held += static_cast<std::size_t>(got);
    return answer_all(c) && wait_for(c, c.answer != nullptr);
  }

  // Answers every whole request that was received, until the socket takes no more.
  bool answer_all(Connection& c) {
    std::size_t from = 0;
    bool well = true;
    while (well && c.answer == nullptr && from < c.held) {
      const char* start = c.received + from;
      const auto* end = static_cast<const char*>(memmem(start, c.held - from, kEndOfHead.data(), kEndOfHead.size()));
      if (end == nullptr) break;
      from = static_cast<std::size_t>(end - c.received) + kEndOfHead.size();
      c.answer = find({start, static_cast<std::size_t>(end - start)}, c);
      c.sent = 0;
      well = c.answer != nullptr && send_rest(c);
    }
    c.held -= from;
    if (from > 0 && c.held > 0) std::memmove(c.received, c.received + from, c.held);
    // A full buffer without a whole head in it will never be one.
    return well && (c.answer != nullptr || c.held < kMostHead);
  }

  const Answer* find(std::string_view head, Connection& c) {
    constexpr std::string_view kGet = "GET ";
    if (!head.starts_with(kGet)) return nullptr;
    head.remove_prefix(kGet.size());
    const std::string_view path = head.substr(0, head.find(' '));
    if (path == "/requests") {
      c.counted.body = std::to_string(requests_);
      c.counted.head = "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(c.counted.body.size()) + "\r\n\r\n";
      return &c.counted;
    }
    ++requests_;
    // Names are many when misses are measured: answers are kept by what comes before the name.
    const std::string_view kind = path.substr(0, path.rfind('/') + 1);
    auto known = answers_.find(kind);
    if (known == answers_.end()) known = answers_.emplace(kind, bench::answer_to(path)).first;
    return &known->second;
  }

  // False: the client has gone.
  static bool send_rest(Connection& c) {
    const Answer& a = *c.answer;
    const std::size_t all = a.head.size() + a.body.size();
    while (c.sent < all) {
      iovec parts[2];
      int count = 0;
      const std::size_t of_body = c.sent < a.head.size() ? 0 : c.sent - a.head.size();
      if (c.sent < a.head.size()) {
        parts[count++] = {const_cast<char*>(a.head.data()) + c.sent, a.head.size() - c.sent};
      }
      if (of_body < a.body.size()) {
        parts[count++] = {const_cast<char*>(a.body.data()) + of_body, a.body.size() - of_body};
      }
      const ssize_t sent = writev(c.fd, parts, count);
      if (sent < 0) return errno == EAGAIN || errno == EINTR;
      c.sent += static_cast<std::size_t>(sent);
    }
    c.answer = nullptr;
    return true;
  }

  bool wait_for(Connection& c, bool room) {
    if (c.waits_for_room == room) return true;
    c.waits_for_room = room;
    epoll_event event{.events = room ? EPOLLOUT : EPOLLIN, .data = {.ptr = &c}};
    return epoll_ctl(epoll_, EPOLL_CTL_MOD, c.fd, &event) == 0;
  }

  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };

  int epoll_;
  int listener_;
  std::uint64_t requests_ = 0;
  std::unordered_map<std::string, Answer, Hash, std::equal_to<>> answers_;  ///< nodes stay where they are
};

}  // namespace

int main(int argc, char** argv) {
  const int port = argc == 2 ? std::atoi(argv[1]) : 0;
  if (port <= 0 || port > 65535) {
    std::fputs("usage: bench_bare_loop PORT\n", stderr);
    return 2;
  }
  // writev() knows no MSG_NOSIGNAL.
  std::signal(SIGPIPE, SIG_IGN);
  Loop(port).run();
}
