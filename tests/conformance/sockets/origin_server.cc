#include "tests/conformance/sockets/origin_server.h"

#include "http/fields.h"

#include <sys/socket.h>

namespace freshet::conformance {
namespace {

bool has(const FieldLines& fields, std::string_view name) {
  for (const auto& [one, value] : fields) {
    if (http::same_word(one, name)) return true;
  }
  return false;
}

std::string chunk(std::string_view bytes) {
  char size[20];
  std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
  return std::string(size).append(bytes).append("\r\n");
}

// The whole answer; with closes_after, as much of it as the client gets.
std::string written(const Reply& reply, const std::string& method) {
  std::string out;
  for (const auto& [status, fields] : reply.interim) {
    out += "HTTP/1.1 " + std::to_string(status) + " Interim\r\n" + lines_of(fields);
  }
  FieldLines fields = reply.fields;
  if (reply.chunked) {
    fields.emplace_back("Transfer-Encoding", "chunked");
  } else if (!is_bodyless(method, reply.status) && !has(fields, "Content-Length")) {
    fields.emplace_back("Content-Length", std::to_string(reply.body.size()));
  }
  out += "HTTP/1.1 " + std::to_string(reply.status) + " Scripted\r\n" + lines_of(fields);
  if (is_bodyless(method, reply.status)) return out;
  const std::string_view body = std::string_view(reply.body).substr(0, reply.closes_after.value_or(reply.body.size()));
  if (!reply.chunked) return out.append(body);
  // Two chunks, so that something has to be put together.
  const std::size_t half = body.size() / 2;
  if (half != 0) out += chunk(body.substr(0, half));
  if (half != body.size()) out += chunk(body.substr(half));
  return reply.closes_after ? out : out + "0\r\n" + lines_of(reply.trailers);
}

}  // namespace

OriginServer::OriginServer(std::uint16_t port)
    : port_(port), listener_(listen_on(port_)), acceptor_([this] { accept_all(); }) {}

OriginServer::~OriginServer() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    for (const auto& connection : connections_) ::shutdown(connection->fd(), SHUT_RDWR);
  }
  ::shutdown(listener_.fd(), SHUT_RDWR);
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
}

void OriginServer::follow(std::shared_ptr<Script> script, std::string root) {
  const std::lock_guard lock(mutex_);
  script_ = std::move(script);
  root_ = std::move(root);
}

void OriginServer::accept_all() {
  for (;;) {
    auto socket = std::make_shared<Socket>(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    const std::lock_guard lock(mutex_);
    if (ending_) return;
    if (!*socket) continue;
    connections_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(*socket); });
  }
}

void OriginServer::serve(const Socket& socket) {
  Reader reader(socket);
  while (const auto head = reader.head()) {
    if (!answer(socket, reader, *head)) break;
  }
  // The descriptor itself is closed at the end, so that nobody shuts down another's.
  ::shutdown(socket.fd(), SHUT_RDWR);
}

// False when the connection is to be closed.
bool OriginServer::answer(const Socket& socket, Reader& reader, const Head& head) {
  const std::size_t space = head.first.find(' ');
  const std::size_t last = head.first.rfind(' ');
  if (space == std::string::npos || last <= space) return false;
  const std::string method = head.first.substr(0, space);
  const std::string target = head.first.substr(space + 1, last - space - 1);
  const Body body = reader.body(head, false);
  if (!body.complete) return false;
  std::shared_ptr<Script> script;
  {
    const std::lock_guard lock(mutex_);
    if (!root_.empty() && target.starts_with(root_)) script = script_;
  }
  Reply reply;
  if (script) {
    reply = script->answer(method, target, {head.fields, body.bytes});
  } else {
    reply.status = 404;
  }
  if (reply.status == 0) return false;
  // HTTP/1.0, or a proxy that says so, gets one answer per connection.
  const bool keep = !reply.closes_after && head.first.ends_with("HTTP/1.1") &&
                    !http::same_word(head.find("Connection").value_or(""), "close");
  if (!keep) reply.fields.emplace_back("Connection", "close");
  return write_all(socket, written(reply, method)) && keep;
}

}  // namespace freshet::conformance
