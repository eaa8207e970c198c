// Vary and the texts that select: `response lines \0 one request's lines \0 another's`. A variant that was added
// answers the request that it was made for; another request only if its text is the same; and the list stays bounded.
#include "http/variants.h"
#include "http/vary.h"
#include "tests/fuzz/http_lines.h"

#include <string>

namespace {

using namespace freshet;
using namespace freshet::http;

void check(const Rules& rules, Fields response, Fields one, Fields other) {
  (void)preferred_language(one);
  const auto names = vary_names(response, rules);
  if (!names || names->empty()) return;
  std::string text, other_text, again;
  if (!append_selecting(text, *names, one, rules)) return;
  must(text.size() <= rules.most_selecting_bytes && text.front() == '\n', "a text has a limit and its beginning");
  must(append_selecting(again, *names, one, rules) && again == text, "one request has one text");
  // Fields that Vary does not name, and the order of different fields, do not matter.
  std::vector<Field> more(one.begin(), one.end());
  more.push_back({"not!named", "x"});
  again.clear();
  if (names->find("not!named") == std::string::npos) {
    must(append_selecting(again, *names, more, rules) && again == text, "other fields do not matter");
  }
  const bool other_fits = append_selecting(other_text, *names, other, rules);

  std::string list, scratch;
  std::string_view dropped;
  const Variant variant{*names, text, sole_language(response, *names), Instant{}};
  must(add_variant(list, {}, variant, rules, dropped), "what is short enough is added");
  const auto view = VariantList::view(list);
  must(view && view->size() == 1, "what is written is read");
  const auto found = view->select(one, rules, scratch);
  must(found && found->selecting == text, "a request gets its own variant");
  const auto for_other = view->select(other, rules, scratch);
  if (for_other && (variant.language.empty() || !rules.vary_by_content_language)) {
    must(other_fits && other_text == text, "and no other request does");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  std::string_view rest = text_of(bytes, size);
  const std::vector<Field> response = lines_of(take_until(rest, '\0'));
  const std::vector<Field> one = lines_of(take_until(rest, '\0'));
  const std::vector<Field> other = lines_of(rest);
  check(Rules::rfc(), response, one, other);
  check(Rules::safe(), response, one, other);

  // The same bytes as a list that somebody else wrote, with rules that leave room for one more and none.
  const std::string_view raw = text_of(bytes, size);
  const auto list = VariantList::view(raw);
  if (!list) return 0;
  std::string scratch, out;
  (void)list->select(one, Rules::rfc(), scratch);
  Rules few;
  few.most_variants = 2;
  std::string_view dropped;
  if (add_variant(out, list, {"foo", "\nfoo=1", "", Instant{}}, few, dropped)) {
    const auto written = VariantList::view(out);
    must(written && written->size() <= 2, "a hostile list does not grow");
  }
  return 0;
}
