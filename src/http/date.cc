#include "http/date.h"

#include "http/grammar.h"

#include <algorithm>
#include <cstdint>

namespace freshet::http {
namespace {

constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> kLongDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                       "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Takes a text apart from the left. Once something did not fit, nothing fits any more.
class Scanner {
 public:
  explicit Scanner(std::string_view text) noexcept : rest_(text) {}

  void word(std::string_view expected) noexcept {
    if (begins_with_word(rest_, expected)) {
      rest_.remove_prefix(expected.size());
    } else {
      good_ = false;
    }
  }
  template <std::size_t N>
  std::size_t one_of(const std::array<std::string_view, N>& words) noexcept {
    for (std::size_t i = 0; i < N; ++i) {
      if (begins_with_word(rest_, words[i])) {
        rest_.remove_prefix(words[i].size());
        return i;
      }
    }
    good_ = false;
    return 0;
  }
  int digits(std::size_t n) noexcept {
    int value = 0;
    for (std::size_t i = 0; i < n; ++i) {
      if (i >= rest_.size() || !is_digit(rest_[i])) {
        good_ = false;
        return 0;
      }
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(n);
    return value;
  }
  // asctime's day: two places, the first of which may be a space.
  int padded_day() noexcept {
    if (!rest_.empty() && rest_.front() == ' ') {
      rest_.remove_prefix(1);
      return digits(1);
    }
    return digits(2);
  }
  bool ended_well() const noexcept { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

struct Parts {
  int year = 0;
  std::size_t month = 0;  // 0 is January
  int day = 0;
  int hour = 0, minute = 0, second = 0;
};

void time_of_day(Scanner& scanner, Parts& parts) noexcept {
  parts.hour = scanner.digits(2);
  scanner.word(":");
  parts.minute = scanner.digits(2);
  scanner.word(":");
  parts.second = scanner.digits(2);
}

std::optional<Instant> instant(const Parts& parts) noexcept {
  using namespace std::chrono;
  const year_month_day date{year{parts.year}, month{static_cast<unsigned>(parts.month) + 1},
                            day{static_cast<unsigned>(parts.day)}};
  // Second 60 is a leap second: RFC 9110 section 5.6.7 lets it pass; it falls together with the one that follows.
  if (!date.ok() || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return std::nullopt;
  return Instant(sys_days{date}.time_since_epoch() + hours{parts.hour} + minutes{parts.minute} + seconds{parts.second});
}

int year_of(Instant at) noexcept {
  return static_cast<int>(std::chrono::year_month_day(std::chrono::floor<std::chrono::days>(at)).year());
}

// Sun, 06 Nov 1994 08:49:37 GMT
std::optional<Instant> imf_fixdate(std::string_view text) noexcept {
  Scanner scanner(text);
  Parts parts;
  scanner.one_of(kDays);
  scanner.word(", ");
  parts.day = scanner.digits(2);
  scanner.word(" ");
  parts.month = scanner.one_of(kMonths);
  scanner.word(" ");
  parts.year = scanner.digits(4);
  scanner.word(" ");
  time_of_day(scanner, parts);
  scanner.word(" GMT");
  return scanner.ended_well() ? instant(parts) : std::nullopt;
}

// Sunday, 06-Nov-94 08:49:37 GMT
std::optional<Instant> rfc850(std::string_view text, Instant now) noexcept {
  Scanner scanner(text);
  Parts parts;
  scanner.one_of(kLongDays);
  scanner.word(", ");
  parts.day = scanner.digits(2);
  scanner.word("-");
  parts.month = scanner.one_of(kMonths);
  scanner.word("-");
  const int two_digits = scanner.digits(2);
  scanner.word(" ");
  time_of_day(scanner, parts);
  scanner.word(" GMT");
  if (!scanner.ended_well()) return std::nullopt;
  // RFC 9110 section 5.6.7: more than 50 years in the future means the most recent past year with those digits.
  const int this_year = year_of(now);
  parts.year = this_year - this_year % 100 + two_digits;
  if (parts.year > this_year + 50) parts.year -= 100;
  if (parts.year + 100 <= this_year + 50) parts.year += 100;
  return instant(parts);
}

// Sun Nov  6 08:49:37 1994
std::optional<Instant> asctime(std::string_view text) noexcept {
  Scanner scanner(text);
  Parts parts;
  scanner.one_of(kDays);
  scanner.word(" ");
  parts.month = scanner.one_of(kMonths);
  scanner.word(" ");
  parts.day = scanner.padded_day();
  scanner.word(" ");
  time_of_day(scanner, parts);
  scanner.word(" ");
  parts.year = scanner.digits(4);
  return scanner.ended_well() ? instant(parts) : std::nullopt;
}

}  // namespace

std::optional<Instant> parse_date(std::string_view text, Instant now) noexcept {
  // The fourth byte tells the forms apart: "Sun,", "Sun " or a longer name of a day.
  if (text.size() < 4) return std::nullopt;
  if (text[3] == ',') return imf_fixdate(text);
  if (text[3] == ' ') return asctime(text);
  return rfc850(text, now);
}

DateText::DateText(Instant at) noexcept {
  using namespace std::chrono;
  constexpr Instant first = sys_days{year{0} / 1 / 1};
  constexpr Instant last = sys_days{year{9999} / 12 / 31} + hours{24} - microseconds{1};
  at = std::clamp(at, first, last);
  const auto midnight = floor<days>(at);
  const year_month_day date(midnight);
  const hh_mm_ss<seconds> time(floor<seconds>(at - midnight));
  char* out = text_.data();
  const auto put = [&](std::string_view word) { out = std::copy(word.begin(), word.end(), out); };
  const auto number = [&](int value, int width) {
    for (int place = width - 1; place >= 0; --place) {
      out[place] = static_cast<char>('0' + value % 10);
      value /= 10;
    }
    out += width;
  };
  put(kDays[weekday(midnight).c_encoding()]);
  put(", ");
  number(static_cast<int>(static_cast<unsigned>(date.day())), 2);
  put(" ");
  put(kMonths[static_cast<unsigned>(date.month()) - 1]);
  put(" ");
  number(static_cast<int>(date.year()), 4);
  put(" ");
  number(static_cast<int>(time.hours().count()), 2);
  put(":");
  number(static_cast<int>(time.minutes().count()), 2);
  put(":");
  number(static_cast<int>(time.seconds().count()), 2);
  put(" GMT");
}

}  // namespace freshet::http
