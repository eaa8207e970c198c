#include "http1/response_head.h"

#include "http/grammar.h"
#include "http1/scan.h"

namespace freshet::http1 {
namespace {

Parsed refuse(ResponseHead& head, Refusal why) noexcept {
  head.refusal = why;
  return Parsed::bad;
}

Parsed read_status(const char*& at, const char* end, ResponseHead& head) noexcept {
  unsigned status = 0;
  for (int i = 0; i < 3; ++i, ++at) {
    if (at == end) return Parsed::incomplete;
    if (!http::is_digit(*at)) return refuse(head, Refusal::bad_status);
    status = status * 10 + static_cast<unsigned>(*at - '0');
  }
  if (status < 100 || status > 599) return refuse(head, Refusal::bad_status);
  head.status = static_cast<std::uint16_t>(status);
  return Parsed::complete;
}

// RFC 9112 section 4. `at` is behind the line only if that was whole.
Parsed read_status_line(const char*& at, const char* end, ResponseHead& head) noexcept {
  const char* p = at;
  Parsed part = take_version(p, end, head.minor_version, head.refusal);
  if (part != Parsed::complete) return part;
  if (p == end) return Parsed::incomplete;
  if (*p != ' ') return refuse(head, Refusal::bad_version);
  ++p;
  part = read_status(p, end, head);
  if (part != Parsed::complete) return part;
  if (p == end) return Parsed::incomplete;
  head.reason_phrase = {};
  Refusal other = Refusal::bad_status;
  if (*p == ' ') {
    const char* const phrase = ++p;
    p = skip<Run::value>(p, end);
    head.reason_phrase = std::string_view(phrase, static_cast<std::size_t>(p - phrase));
    other = Refusal::bad_reason_phrase;
  }
  part = take_line_end(p, end, other, head.refusal);
  if (part == Parsed::complete) at = p;
  return part;
}

// RFC 9112 section 6.3, in its order.
Refusal judge(ResponseHead& head, std::string_view request_method, const FieldNotes& notes,
              const Limits& limits) noexcept {
  const Refusal refusal = judge_framing(notes, head.minor_version, head.body);
  const bool unknown_coding = refusal == Refusal::unknown_transfer_coding && limits.unknown_response_codings;
  if (refusal != Refusal::none && !unknown_coding) return refusal;
  if (unknown_coding) head.body = {};
  head.keep_alive = lets_stay_open(notes, head.minor_version) && !unknown_coding;
  head.upgrade = notes.upgrade;
  const bool never_has_body = head.status < 200 || head.status == 204;
  if (never_has_body || head.status == 304 || request_method == "HEAD") {
    // Sections 6.1 and 6.2 of RFC 9112, and 8.6 of RFC 9110: these two kinds MUST NOT say how long a body is. Who says
    // it all the same may send one.
    const bool says_body = head.body.framing == Framing::chunked || head.body.length_bytes != 0;
    if (never_has_body && says_body) head.keep_alive = false;
    // Behind a 101 another protocol begins.
    if (head.status == 101) head.keep_alive = false;
    head.body = {};
  } else if (request_method == "CONNECT" && head.status < 300) {
    // A tunnel, whatever the fields say.
    head.body = {Framing::until_close, 0};
    head.keep_alive = false;
  } else if (head.body.framing == Framing::none) {
    head.body.framing = Framing::until_close;
    head.keep_alive = false;
  }
  return Refusal::none;
}

}  // namespace

Parsed parse_response(std::string_view buffer, std::string_view request_method, const Limits& limits,
                      ResponseHead& head) {
  const std::string_view bytes = within_limit(buffer, limits);
  const std::size_t done = head.lines_.resume(bytes);
  const char* at = bytes.data() + done;
  const char* const end = bytes.data() + bytes.size();
  head.refusal = Refusal::none;
  Parsed parsed = done == 0 ? read_status_line(at, end, head) : Parsed::complete;
  if (parsed == Parsed::complete) {
    parsed = head.lines_.read(at, end, limits.most_fields, HeadLines::Sender::origin, head.refusal);
  }
  if (parsed == Parsed::incomplete) parsed = run_out(buffer, limits, head.refusal);
  if (parsed == Parsed::incomplete) return parsed;
  head.lines_.finish();
  head.head_bytes = static_cast<std::size_t>(at - bytes.data());
  if (parsed == Parsed::complete) head.refusal = judge(head, request_method, head.lines_.notes(), limits);
  return head.refusal == Refusal::none ? Parsed::complete : Parsed::bad;
}

}  // namespace freshet::http1
