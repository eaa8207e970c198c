// A request's head: the same whatever the pieces; one framing and one host; written anew, it reads the same.
#include "http/uri.h"
#include "http1/request_head.h"
#include "tests/fuzz/http1_heads.h"

namespace {

using namespace freshet::http1;
using freshet::http::Field;

void must_equal(const RequestHead& a, const RequestHead& b) {
  must(a.refusal == b.refusal, "one refusal");
  if (a.refusal != Refusal::none) return;
  must(a.method == b.method && a.target == b.target && a.path_and_query == b.path_and_query, "one target");
  must(a.form == b.form && a.scheme == b.scheme && a.authority == b.authority, "one host");
  must(a.body == b.body && a.keep_alive == b.keep_alive, "one framing");
  must(a.expects_continue == b.expects_continue && a.upgrade == b.upgrade, "one wish");
  must(same_fields(a.fields(), {b.fields().begin(), b.fields().end()}), "the same fields");
}

void check_accepted(const RequestHead& head, std::string_view buffer, const Limits& limits) {
  must(head.head_bytes <= buffer.size() && head.head_bytes <= limits.most_head_bytes, "a head within its limit");
  must(buffer.substr(0, head.head_bytes).ends_with("\r\n\r\n"), "a head ends in an empty line");
  must(head.fields().size() <= limits.most_fields && head.target.size() <= limits.most_target_bytes, "limits hold");
  for (const std::string_view part : {head.method, head.target, head.path_and_query, head.scheme, head.authority}) {
    must(lies_in(part, buffer), "views lie in the buffer");
  }
  must_be_clear(head.fields(), buffer, head.body);
  must(head.body.framing != Framing::until_close, "no request ends with its connection");
  const std::size_t hosts = freshet::http::count(head.fields(), "Host");
  must(hosts == 1 || (hosts == 0 && head.minor_version == 0), "one Host");
  must(head.authority.empty() || freshet::http::parse_host("http", head.authority), "a host that can be one");
  must(!head.authority.empty() || hosts == 0, "Host is the authority");
  must(head.path_and_query.starts_with('/') || head.form == TargetForm::asterisk || head.form == TargetForm::authority,
       "a path begins with a slash");

  std::string written;
  must(append_request_line(written, head.method, head.target), "what was read is written");
  must_append_fields(written, head.fields());
  RequestHead again;
  const Parsed parsed = parse_request(written, limits, again);
  // It is written with a space behind each colon, and may no longer fit.
  if (again.refusal == Refusal::head_too_large) return;
  // HTTP/1.0 is written as 1.1, which wants a Host and keeps the connection.
  if (head.minor_version == 0) return must(parsed == Parsed::complete || hosts == 0, "and read again");
  must(parsed == Parsed::complete && again.head_bytes == written.size(), "and read again");
  must_equal(head, again);
}

void check(std::string_view message, const Limits& limits) {
  const Exactly whole(message);
  RequestHead once;
  const Parsed parsed = parse_request(whole.view(), limits, once);
  must((parsed == Parsed::bad) == (once.refusal != Refusal::none), "bad has a reason");
  if (parsed == Parsed::incomplete) must(message.size() < limits.most_head_bytes, "nobody waits beyond the limit");
  if (parsed == Parsed::complete) check_accepted(once, whole.view(), limits);
  RequestHead pieces;
  each_way(
      message, [&](std::string_view bytes) { return parse_request(bytes, limits, pieces); },
      [&](Parsed way) {
        must(way == parsed, "one verdict whatever the pieces");
        if (way == Parsed::complete) must(pieces.head_bytes == once.head_bytes, "one end");
        // Both buffers live as long as this call.
        if (way != Parsed::incomplete) must_equal(once, pieces);
        pieces.restart();
      });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view message = freshet::http::text_of(bytes, size);
  check(message, {});
  Limits tight;
  tight.most_head_bytes = 96;
  tight.most_target_bytes = 16;
  tight.most_fields = 3;
  check(message, tight);
  return 0;
}
