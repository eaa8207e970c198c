#include "http1/request_head.h"

#include "http/grammar.h"
#include "http/uri.h"
#include "http1/scan.h"

#include <algorithm>
#include <optional>

namespace freshet::http1 {
namespace {

using http::same_word;

std::string_view between(const char* begin, const char* end) noexcept {
  return {begin, static_cast<std::size_t>(end - begin)};
}

// Letters, digits, '-' and '.', and perhaps a port without a leading zero: what nearly every Host is, and by the rules
// of http::parse_host in any case. Here it is only looked at; who compares hosts takes them apart.
bool is_plainly_a_host(std::string_view authority) noexcept {
  const char* at = authority.data();
  const char* const end = at + authority.size();
  while (at != end && (belongs<Run::host>(*at))) ++at;
  if (at == authority.data()) return false;
  if (at == end) return true;
  if (*at != ':') return false;
  const std::string_view port = between(at + 1, end);
  return !port.empty() && port.size() <= 4 && port.front() != '0' &&
         std::all_of(port.begin(), port.end(), http::is_digit);
}

std::optional<http::Host> host_of(std::string_view authority) noexcept {
  // The scheme says which port is the default one. Here only two texts are compared, so any will do.
  const auto host = http::parse_host("http", authority);
  if (!host) return std::nullopt;
  const auto port = host->port.empty() ? 0 : http::parse_uint64(host->port);
  if (!port || *port > 65535) return std::nullopt;
  return host;
}

// RFC 9112 section 3.2.2.
Refusal judge_absolute_form(RequestHead& head) noexcept {
  const std::size_t colon = head.target.find("://");
  if (colon == std::string_view::npos) return Refusal::target_form;
  head.scheme = head.target.substr(0, colon);
  if (!same_word(head.scheme, "http") && !same_word(head.scheme, "https")) return Refusal::foreign_scheme;
  std::string_view rest = head.target.substr(colon + 3);
  head.authority = rest.substr(0, rest.find_first_of("/?"));
  rest.remove_prefix(head.authority.size());
  if (!host_of(head.authority)) return Refusal::bad_target_host;
  if (rest.starts_with('?')) return Refusal::query_without_path;
  // Without a path it is "/": one that lies in the buffer, like all views of a head.
  head.path_and_query = rest.empty() ? head.target.substr(colon + 1, 1) : rest;
  head.form = TargetForm::absolute;
  return Refusal::none;
}

// RFC 9112 section 3.2.
Refusal judge_target(RequestHead& head) noexcept {
  head.scheme = head.authority = head.path_and_query = {};
  if (head.method == "CONNECT") {
    const auto host = host_of(head.target);
    // With its port, and with digits in it.
    if (!host || head.target.size() < host->name.size() + 2) return Refusal::target_form;
    head.form = TargetForm::authority;
    head.authority = head.target;
    return Refusal::none;
  }
  if (head.target.front() == '/') {
    head.form = TargetForm::origin;
    head.path_and_query = head.target;
    return Refusal::none;
  }
  if (head.target == "*") {
    if (head.method != "OPTIONS") return Refusal::target_form;
    head.form = TargetForm::asterisk;
    head.path_and_query = head.target;
    return Refusal::none;
  }
  return judge_absolute_form(head);
}

Parsed refuse(RequestHead& head, Refusal why) noexcept {
  head.refusal = why;
  return Parsed::bad;
}

Parsed read_target(const char*& at, const char* end, const Limits& limits, RequestHead& head) noexcept {
  const char* const target = at;
  at = skip<Run::target>(at, end);
  head.target = between(target, at);
  if (head.target.size() > limits.most_target_bytes) return refuse(head, Refusal::target_too_long);
  if (at == end) return Parsed::incomplete;
  if (*at == '#') return refuse(head, Refusal::fragment_in_target);
  if (*at == '\r' || *at == '\n') return refuse(head, Refusal::version_missing);
  if (*at != ' ' || head.target.empty()) return refuse(head, Refusal::bad_target);
  ++at;
  return Parsed::complete;
}

// RFC 9112 section 3. `at` is behind the line only if that was whole.
Parsed read_request_line(const char*& at, const char* end, const Limits& limits, RequestHead& head) noexcept {
  const char* p = at;
  if (p != end && (*p == '\r' || *p == '\n')) {
    // Section 2.2: one empty line is an old client's mistake; several are somebody's attempt.
    const Parsed empty = take_line_end(p, end, Refusal::bad_method, head.refusal);
    if (empty != Parsed::complete) return empty;
    if (p != end && (*p == '\r' || *p == '\n')) return refuse(head, Refusal::leading_empty_lines);
  }
  const char* const method = p;
  p = skip<Run::token>(p, end);
  if (p == end) return Parsed::incomplete;
  head.method = between(method, p);
  if (*p != ' ' || head.method.empty()) return refuse(head, Refusal::bad_method);
  ++p;
  Parsed part = read_target(p, end, limits, head);
  if (part != Parsed::complete) return part;
  part = take_version(p, end, head.minor_version, head.refusal);
  if (part != Parsed::complete) return part;
  part = take_line_end(p, end, Refusal::bad_version, head.refusal);
  if (part != Parsed::complete) return part;
  const Refusal refusal = judge_target(head);
  if (refusal != Refusal::none) return refuse(head, refusal);
  at = p;
  return Parsed::complete;
}

// RFC 9112 section 3.2, and stricter: a Host that the absolute form would overrule is refused, because another reader
// might let it win.
Refusal judge_host(RequestHead& head, const FieldNotes& notes) noexcept {
  if (notes.host_lines > 1) return Refusal::host_repeated;
  if (notes.host_lines == 0) return head.minor_version == 0 ? Refusal::none : Refusal::host_missing;
  if (head.authority.empty()) {
    head.authority = notes.host;
    return is_plainly_a_host(notes.host) || host_of(notes.host) ? Refusal::none : Refusal::bad_host;
  }
  const auto host = host_of(notes.host);
  if (!host) return Refusal::bad_host;
  const auto of_target = host_of(head.authority);
  const bool agree = of_target && same_word(of_target->name, host->name) && of_target->port == host->port;
  return agree ? Refusal::none : Refusal::host_disagrees;
}

Refusal judge(RequestHead& head, const FieldNotes& notes) noexcept {
  if (notes.framing_lookalike) return Refusal::framing_lookalike;
  Refusal refusal = judge_framing(notes, head.minor_version, head.body);
  if (refusal == Refusal::none) refusal = judge_host(head, notes);
  if (refusal != Refusal::none) return refusal;
  const bool has_body = head.body.framing == Framing::chunked || head.body.length_bytes != 0;
  if (has_body && head.form == TargetForm::authority) return Refusal::body_on_connect;
  if (notes.unknown_expectation) return Refusal::unknown_expectation;
  // RFC 9110 section 10.1.1: of HTTP/1.0 it is ignored.
  head.expects_continue = notes.expects_continue && has_body && head.minor_version > 0;
  head.keep_alive = lets_stay_open(notes, head.minor_version);
  head.upgrade = notes.upgrade;
  return Refusal::none;
}

}  // namespace

Parsed parse_request(std::string_view buffer, const Limits& limits, RequestHead& head) {
  const std::string_view bytes = within_limit(buffer, limits);
  const std::size_t done = head.lines_.resume(bytes);
  const char* at = bytes.data() + done;
  const char* const end = bytes.data() + bytes.size();
  head.refusal = Refusal::none;
  Parsed parsed = done == 0 ? read_request_line(at, end, limits, head) : Parsed::complete;
  if (parsed == Parsed::complete) {
    parsed = head.lines_.read(at, end, limits.most_fields, HeadLines::Sender::client, head.refusal);
  }
  if (parsed == Parsed::incomplete) parsed = run_out(buffer, limits, head.refusal);
  if (parsed == Parsed::incomplete) return parsed;
  head.lines_.finish();
  head.head_bytes = static_cast<std::size_t>(at - bytes.data());
  if (parsed == Parsed::complete) head.refusal = judge(head, head.lines_.notes());
  return head.refusal == Refusal::none ? Parsed::complete : Parsed::bad;
}

}  // namespace freshet::http1
