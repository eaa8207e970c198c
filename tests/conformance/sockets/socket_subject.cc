#include "tests/conformance/sockets/socket_subject.h"

#include "http/fields.h"

#include <random>

namespace freshet::conformance {
namespace {

bool announces_a_body(const Request& request) {
  return !request.body.empty() || request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
}

// The detail of our own member of Cache-Status; other caches' members mean nothing here.
std::string verdict_of(const Head& head) {
  const std::string status = head.find("Cache-Status").value_or("");
  const std::size_t ours = status.rfind("freshet");
  if (ours == std::string::npos) return "";
  constexpr std::string_view kDetail = "detail=";
  const std::size_t detail = status.find(kDetail, ours);
  if (detail == std::string::npos) return "";
  const std::string word = status.substr(detail + kDetail.size());
  return word.substr(0, word.find_first_of(";, "));
}

}  // namespace

SocketSubject::SocketSubject(OriginServer& origin, std::uint16_t proxy_port, std::chrono::milliseconds patience)
    : origin_(origin), port_(proxy_port), patience_(patience), run_(std::to_string(std::random_device()())) {}

void SocketSubject::begin(const std::shared_ptr<Script>& script) {
  root_ = "/run-" + run_ + "/case-" + std::to_string(++cases_);
  origin_.follow(script, root_);
}

Surroundings SocketSubject::surroundings() const {
  const Instant now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
  return {now, now, root_, "127.0.0.1:" + std::to_string(port_)};
}

void SocketSubject::wait(std::chrono::seconds) { throw std::logic_error("a case that waits runs in memory only"); }

Response SocketSubject::send(const Request& request) {
  if (until_idle_) until_idle_();
  const Socket socket = connect_to(port_);
  if (!socket) return {};
  set_patience(socket, patience_);
  FieldLines fields = request.fields;
  bool has_host = false;
  for (const auto& [name, value] : fields) has_host = has_host || http::same_word(name, "Host");
  if (!has_host) fields.insert(fields.begin(), {"Host", surroundings().host});
  if (announces_a_body(request)) fields.emplace_back("Content-Length", std::to_string(request.body.size()));
  write_all(socket, request.method + " " + request.target + " HTTP/1.1\r\n" + lines_of(fields) + request.body);
  Exchanged got = read_answer(socket, request.method);
  const std::string verdict = verdict_of(got.head);
  return {got.status, std::move(got.head.fields), std::move(got.body.bytes), got.body.complete, verdict};
}

}  // namespace freshet::conformance
