// Dates: what reads as one is written and read again as the same second, in whatever case it came.
#include "http/date.h"
#include "tests/fuzz/http_lines.h"

#include <string>

namespace {

using namespace freshet;
using namespace freshet::http;

constexpr Instant kNow{std::chrono::hours(24 * 365 * 56)};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text = text_of(bytes, size);
  const auto at = parse_date(text, kNow);
  if (at) {
    const DateText written(*at);
    // A leap second at the end of the year 9999 is written as the second before.
    if (*at < Instant(std::chrono::sys_days(std::chrono::year(10000) / 1 / 1).time_since_epoch())) {
      must(parse_date(written.view(), kNow) == at, "what is written is read back");
    }
    std::string other_case(text);
    for (char& c : other_case) {
      if (is_alpha(c)) c = static_cast<char>(c ^ 0x20);
    }
    must(parse_date(other_case, kNow) == at, "case does not matter");
  }
  if (size >= 8) {
    std::int64_t us = 0;
    for (std::size_t i = 0; i < 8; ++i) us = static_cast<std::int64_t>(static_cast<std::uint64_t>(us) << 8 | bytes[i]);
    const DateText written{Instant(Duration(us))};
    must(parse_date(written.view(), kNow).has_value(), "any instant is written as a date");
  }
  return 0;
}
