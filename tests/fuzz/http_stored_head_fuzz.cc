// A stored head that a stranger wrote, and one that was made of a stranger's fields.
#include "http/answer.h"
#include "http/conditional.h"
#include "http/reuse.h"
#include "http/stored_head.h"
#include "http/update.h"
#include "tests/fuzz/http_lines.h"

#include <string>

namespace {

using namespace freshet;
using namespace freshet::http;

constexpr Instant kNow{std::chrono::hours(24 * 365 * 56)};

// Everything that a driver does with a head, none of which may step outside its bytes or calculate nonsense.
void use(const StoredHead& head) {
  const Facts& facts = head.facts();
  must(facts.initial_age <= kMostSeconds && facts.lifetime <= kMostSeconds, "spans are bounded");
  std::string out;
  append_answer_fields(out, head, Seconds{1});
  append_range_answer_fields(out, head, Seconds{1});
  append_not_modified_fields(out, head, Seconds{1});
  const Field fields[] = {{"If-None-Match", "\"a\""}, {"Range", "bytes=0-4"}, {"If-Range", "\"a\""}};
  const Request request{"GET", "http", "a", "/", fields};
  for (const Rules& rules : {Rules::rfc(), Rules::safe()}) {
    const Reuse plan = reuse(head, request, {}, rules, kNow);
    must(plan.age >= Seconds{0} && plan.age <= kMostSeconds, "so is an age");
    (void)reuse_on_error(head, request, {}, rules, kNow, 0);
    (void)evaluate(request, head, kNow);
    const Selection selected = selection(request, head, rules, kNow);
    for (const ByteRange& range : selected.ranges()) {
      must(range.first >= facts.part.first && range.last - facts.part.first < facts.part.bytes, "ranges are within it");
    }
    (void)keep_until(facts, true, rules);
    (void)completion(head, {"GET", "http", "a", "/", {}}, rules);
    const Updated updated = update(head, request, {304, fields}, rules, {kNow, kNow});
    must(updated.head.empty() || StoredHead::view(updated.head).has_value(), "an update is a head");
  }
  const Conditions conditions(head);
  must(conditions.fields().size() <= 2, "two conditions at most");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = text_of(bytes, size);
  if (const auto head = StoredHead::view(text)) use(*head);

  const std::vector<Field> fields = lines_of(text);
  std::string written;
  Facts facts;
  facts.status = 200;
  facts.response_at = facts.date = kNow;
  facts.lifetime = Seconds{60};
  facts.part = {0, size, size};
  if (!append_head(written, facts, fields)) return 0;
  const auto head = StoredHead::view(written);
  must(head.has_value(), "what is written is read");
  std::size_t i = 0;
  head->each_field([&](const Field& field) {
    must(i < fields.size() && field.name == fields[i].name && field.value == fields[i].value, "field by field");
    ++i;
  });
  must(i == fields.size(), "and none is lost");
  use(*head);
  return 0;
}
