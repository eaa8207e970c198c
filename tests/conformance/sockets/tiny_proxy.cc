#include "tests/conformance/sockets/tiny_proxy.h"

#include <sys/socket.h>

namespace freshet::conformance {
namespace {

constexpr std::chrono::seconds kPatience{10};

std::string written(const http::Message& message, std::string_view method) {
  FieldLines fields;
  for (const auto& line : message.lines) {
    if (!http::same_word(line.first, "Content-Length")) fields.push_back(line);
  }
  // What was cut short towards us is cut short towards the client: one byte more is announced than comes.
  const std::size_t announced = message.body.size() + (message.complete ? 0 : 1);
  if (!is_bodyless(method, message.status)) fields.emplace_back("Content-Length", std::to_string(announced));
  fields.emplace_back("Connection", "close");
  return "HTTP/1.1 " + std::to_string(message.status) + " Tiny\r\n" + lines_of(fields) +
         (is_bodyless(method, message.status) ? "" : message.body);
}

}  // namespace

TinyProxy::TinyProxy(http::Rules rules, std::uint16_t origin_port)
    : origin_port_(origin_port),
      listener_(listen_on(port_)),
      cache_(std::move(rules),
             [this](std::string_view method, http::Fields fields) { return ask_origin(method, fields); }) {
  cache_.behind_the_answer = [this](std::function<void()> work) { behind_ = std::move(work); };
  thread_ = std::thread([this] { accept_all(); });
}

TinyProxy::~TinyProxy() {
  ::shutdown(listener_.fd(), SHUT_RDWR);
  thread_.join();
}

void TinyProxy::accept_all() {
  for (;;) {
    const Socket socket(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket) return;
    set_patience(socket, kPatience);
    serve(socket);
  }
}

void TinyProxy::serve(const Socket& socket) {
  Reader reader(socket);
  const auto head = reader.head();
  if (!head) return;
  const std::size_t space = head->first.find(' ');
  const std::string method = head->first.substr(0, space);
  target_ = head->first.substr(space + 1, head->first.rfind(' ') - space - 1);
  host_ = head->find("Host").value_or("");
  body_ = reader.body(*head, false).bytes;
  std::vector<http::Field> fields;
  for (const auto& [name, value] : head->fields) {
    if (!http::same_word(name, "Host")) fields.push_back({name, value});
  }
  cache_.now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  http::Request request{method, "http", host_, target_, fields};
  // A body in a request that should have none: no key contains it.
  const bool odd = !body_.empty() && http::is_get_or_head(method);
  http::Message message;
  if (odd) {
    message = ask_origin(method, fields);
  } else {
    http::Answer answer = cache_.ask(request);
    message = std::move(answer.message);
    message.lines.emplace_back("Cache-Status", http::cache_status_of(answer));
  }
  write_all(socket, written(message, method));
  ::shutdown(socket.fd(), SHUT_WR);
  if (const auto work = std::exchange(behind_, nullptr)) work();
}

http::Message TinyProxy::ask_origin(std::string_view method, http::Fields fields) const {
  const Socket socket = connect_to(origin_port_);
  if (!socket) return {};
  set_patience(socket, kPatience);
  FieldLines lines = {{"Host", host_}};
  for (const http::Field& field : fields) lines.emplace_back(field.name, field.value);
  if (!body_.empty()) lines.emplace_back("Content-Length", std::to_string(body_.size()));
  lines.emplace_back("Connection", "close");
  write_all(socket, std::string(method) + " " + target_ + " HTTP/1.1\r\n" + lines_of(lines) + body_);
  Exchanged got = read_answer(socket, method);
  return {got.status, std::move(got.head.fields), std::move(got.body.bytes), got.body.complete};
}

}  // namespace freshet::conformance
