// Messages for tests, written as text: "Cache-Control: max-age=60\nETag: \"a\"".
#pragma once

#include "http/fields.h"
#include "http/freshness.h"
#include "http/keep.h"
#include "http/rules.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace freshet::http {

/// 2026-01-01 00:00:00 GMT, a Thursday: when tests happen.
inline constexpr Instant kNow = Instant(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch());

/// Owns the text and the lines that are views of it. Not copied: the views would be left behind.
class Lines {
 public:
  // NOLINTNEXTLINE(google-explicit-constructor): a table's rows write text where messages are meant.
  Lines(std::string text) : text_(std::move(text)) {
    std::string_view rest = text_;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      const std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      const std::size_t colon = line.find(':');
      fields_.push_back({line.substr(0, colon), trim(line.substr(std::min(colon + 1, line.size())))});
    }
  }
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  operator Fields() const { return fields_; }  // NOLINT(google-explicit-constructor): for the same reason

 private:
  std::string text_;
  std::vector<Field> fields_;
};

inline Request get(Fields fields = {}, std::string_view target = "/page") {
  return {"GET", "http", "example.org", target, fields};
}
inline Request with_method(std::string_view method, Fields fields = {}) {
  return {method, "http", "example.org", "/page", fields};
}
inline constexpr Exchange kAtOnce{kNow, kNow};

/// A stored head made by keep() of an answer to a plain GET at kNow, with a body of `body_bytes`.
class StoredSample {
 public:
  explicit StoredSample(std::string fields, std::uint16_t status = 200, const Rules& rules = Rules::rfc(),
                        std::string request_fields = "", std::uint64_t body_bytes = 10) {
    const Lines response_lines(std::move(fields));
    const Lines request_lines(std::move(request_fields));
    const Response response{status, response_lines};
    const Kept kept = keep(get(request_lines), response, rules, kAtOnce, body_bytes);
    EXPECT_EQ(name(kept.reason), name(Reason::stored));
    EXPECT_TRUE(append_kept_head(bytes_, kept, response, rules));
  }
  StoredHead head() const { return StoredHead::view(bytes_).value(); }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

}  // namespace freshet::http
