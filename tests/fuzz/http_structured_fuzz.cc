// Structured Fields: a Dictionary of arbitrary bytes, and arbitrary bytes written as a String or Token, which must be
// read back as one item.
#include "http/structured.h"
#include "tests/fuzz/http_lines.h"

#include <string>

namespace {

using namespace freshet::http;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = text_of(bytes, size);
  DictionaryReader reader(text);
  DictionaryMember member;
  std::size_t members = 0;
  while (reader.next(member)) {
    ++members;
    must(!member.key.empty() && member.key.data() >= text.data() &&
             member.key.data() + member.key.size() <= text.data() + text.size(),
         "a key is part of the text");
    if (member.value.type == StructuredItem::Type::integer) {
      must(member.value.integer >= -999'999'999'999'999 && member.value.integer <= 999'999'999'999'999,
           "an integer has 15 digits");
    }
  }
  must(members <= size, "each member takes a byte");
  if (!reader.failed() && members > 0) {
    // Section 4.2: a field may stand on several lines.
    const std::string twice = std::string(text) + ", a";
    DictionaryReader longer(twice);
    while (longer.next(member)) --members;
    must(!longer.failed(), "one more member does not break it");
  }

  for (const bool token : {false, true}) {
    std::string written = "k=";
    if (token) {
      append_structured_token_or_string(written, text);
    } else {
      append_structured_string(written, text);
    }
    must(is_field_value(written), "nothing escapes from the line");
    DictionaryReader back(written);
    must(back.next(member) && !back.next(member) && !back.failed(), "it is read back as one item");
  }
  return 0;
}
