#include "proxy/admin.h"

#include "http1/request_head.h"
#include "http1/write.h"
#include "proxy/json_string.h"

#include <cerrno>
#include <sys/socket.h>
#include <utility>

namespace freshet::proxy {
namespace {

constexpr std::size_t kMostConnections = 64;
constexpr std::chrono::seconds kTimeout{10};

// In a time that does not tell how much of it was right.
bool same_secret(std::string_view a, std::string_view b) {
  unsigned differing = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size() && !b.empty(); ++i) {
    differing |= static_cast<unsigned>(static_cast<unsigned char>(a[i])) ^ static_cast<unsigned char>(b[i % b.size()]);
  }
  return differing == 0;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

AdminAnswer error(std::uint16_t status, std::string_view why) {
  std::string body = "{\"error\":";
  append_json_string(body, why);
  return {status, "application/json", body + "}\n"};
}

}  // namespace

/// One request, one answer.
class AdminConnection : public Watcher, public std::enable_shared_from_this<AdminConnection> {
 public:
  AdminConnection(Admin& admin, Socket socket)
      : admin_(admin), socket_(std::move(socket)), timer_(admin.loop_, [this] { end(); }) {
    timer_.set(kTimeout);
  }
  ~AdminConnection() override {
    if (socket_) admin_.loop_.remove(socket_.fd(), *this);
  }
  int fd() const { return socket_.fd(); }

  void on_events(Events events) override {
    const auto self = shared_from_this();
    if (events.readable && out_.empty()) read();
    if (!out_.empty()) write();
  }

 private:
  void read() {
    char bytes[4096];
    for (;;) {
      const ssize_t n = ::recv(socket_.fd(), bytes, sizeof bytes, 0);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      if (n <= 0) return end();
      in_.append(bytes, static_cast<std::size_t>(n));
      bool complete = false;
      const AdminAnswer answer = admin_.answer(in_, complete);
      if (!complete) continue;
      http1::append_status_line(out_, answer.status);
      http1::append_field(out_, "Content-Type", answer.content_type);
      http1::append_field(out_, "Content-Length", answer.body.size());
      http1::append_field(out_, "Cache-Control", "no-store");
      http1::append_field(out_, "Connection", "close");
      http1::append_head_end(out_);
      out_ += answer.body;
      return;
    }
  }

  void write() {
    while (sent_ < out_.size()) {
      const ssize_t n = ::send(socket_.fd(), out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
      if (n < 0) return end();
      sent_ += static_cast<std::size_t>(n);
    }
    ::shutdown(socket_.fd(), SHUT_WR);
    end();
  }

  void end() {
    const auto self = shared_from_this();
    timer_.cancel();
    admin_.connections_.erase(self);
    admin_.loop_.destroy_later(self);
  }

  Admin& admin_;
  Socket socket_;
  Timer timer_;
  std::string in_, out_;
  std::size_t sent_ = 0;
};

Admin::Admin(EventLoop& loop, Socket listener, std::string token, Handler handler)
    : loop_(loop), listener_(std::move(listener)), token_(std::move(token)), handler_(std::move(handler)) {
  loop_.add(listener_.fd(), *this);
}

Admin::~Admin() { loop_.remove(listener_.fd(), *this); }

void Admin::on_events(Events) {
  for (;;) {
    Socket socket(::accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!socket) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      return;
    }
    if (connections_.size() >= kMostConnections) continue;  // closed at once
    auto connection = std::make_shared<AdminConnection>(*this, std::move(socket));
    if (loop_.add(connection->fd(), *connection)) connections_.insert(std::move(connection));
  }
}

AdminAnswer Admin::answer(std::string_view request, bool& complete) const {
  http1::RequestHead head;
  const http1::Limits limits;
  const http1::Parsed parsed = http1::parse_request(request, limits, head);
  complete = parsed != http1::Parsed::incomplete;
  if (!complete) return {};
  if (parsed == http1::Parsed::bad) return error(http1::status(head.refusal), http1::sentence(head.refusal));
  if (!token_.empty()) {
    const std::string_view given = http::find(head.fields(), "Authorization").value_or("");
    constexpr std::string_view kBearer = "Bearer ";
    if (!given.starts_with(kBearer) || !same_secret(given.substr(kBearer.size()), token_)) {
      return error(401, "This address wants the token: Authorization: Bearer TOKEN.");
    }
  }
  const std::string_view target = head.path_and_query;
  const std::size_t mark = std::min(target.find('?'), target.size());
  return handler_(head.method, target.substr(0, mark), target.substr(std::min(mark + 1, target.size())));
}

bool each_parameter(std::string_view query,
                    const std::function<void(std::string_view name, std::string value)>& visit) {
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view one = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(one.find('='), one.size());
    const std::string_view raw = one.substr(std::min(equals + 1, one.size()));
    std::string value;
    for (std::size_t i = 0; i < raw.size(); ++i) {
      if (raw[i] != '%') {
        value += raw[i];  // a plus too: it is a byte of URLs, and this is no form
        continue;
      }
      const int high = i + 2 < raw.size() ? hex_digit(raw[i + 1]) : -1;
      const int low = i + 2 < raw.size() ? hex_digit(raw[i + 2]) : -1;
      if (high < 0 || low < 0) return false;
      value += static_cast<char>(high * 16 + low);
      i += 2;
    }
    if (!one.empty()) visit(one.substr(0, equals), std::move(value));
  }
  return true;
}

}  // namespace freshet::proxy
