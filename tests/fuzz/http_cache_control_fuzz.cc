// Cache-Control, its targeted kin and Pragma with arbitrary values: what is read stays within its bounds, and nothing
// that stands beside it can hide a no-store or make a private response shareable.
#include "http/cache_control.h"
#include "http/freshness.h"
#include "http/storable.h"
#include "tests/fuzz/http_lines.h"

namespace {

using namespace freshet;
using namespace freshet::http;

void check_span(const DeltaSeconds& span) {
  must(span.value >= Seconds{0} && span.value <= kMostSeconds, "a span is neither negative nor beyond 2^31");
  must(span.present || !span.valid, "what is not there is not valid");
}

void check_response(std::vector<Field> fields, const Rules& rules) {
  const ResponseDirectives d = response_directives(fields, rules);
  for (const DeltaSeconds* span : {&d.max_age, &d.s_maxage, &d.stale_while_revalidate, &d.stale_if_error}) {
    check_span(*span);
  }
  (void)d.no_cache_fields.contains("set-cookie");
  const Response response{200, fields};
  const Instant now{std::chrono::hours(24 * 365 * 56)};
  const Freshness fresh = freshness({"GET", "http", "a", "/", {}}, response, d, rules, {now, now});
  must(fresh.lifetime >= Seconds{0} && fresh.lifetime <= kMostSeconds, "a lifetime is neither negative nor endless");
  must(fresh.initial_age >= Seconds{0} && fresh.initial_age <= kMostSeconds, "neither is an age");

  if (d.targeted) return;
  fields.push_back({"Cache-Control", "no-store"});
  must(response_directives(fields, rules).no_store, "a line of its own is seen whatever stands on the others");
  fields.back().value = "private";
  must(response_directives(fields, rules).is_private, "the same for private");
  fields.back().value = "max-age=5";
  const ResponseDirectives more = response_directives(fields, rules);
  must(more.max_age.present && (!more.max_age.valid || more.max_age.value == Seconds{5}),
       "two lifetimes agree or are not believed");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::vector<Field> fields = lines_of(text_of(bytes, size));
  check_response(fields, Rules::rfc());
  check_response(fields, Rules::safe());
  const RequestDirectives r = request_directives(fields);
  for (const DeltaSeconds* span : {&r.max_age, &r.min_fresh, &r.max_stale, &r.stale_if_error}) check_span(*span);
  return 0;
}
