#include "http1/scan.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>

namespace freshet::http1 {
namespace {

template <Run run>
std::size_t plainly(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && belongs<run>(text[at])) ++at;
  return at;
}

template <Run run>
void compare(std::string_view text) {
  const char* const end = text.data() + text.size();
  EXPECT_EQ(skip<run>(text.data(), end) - text.data(), static_cast<std::ptrdiff_t>(plainly<run>(text)));
}

TEST(Scan, SixteenBytesAtATimeFindWhatTheTableFindsForEveryByteAtEveryPlace) {
  for (std::size_t size = 1; size <= 35; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        std::string text(size, 'a');
        text[at] = static_cast<char>(byte);
        compare<Run::token>(text);
        compare<Run::target>(text);
        compare<Run::value>(text);
      }
    }
  }
}

TEST(Scan, RunsAreThoseOfTheGrammar) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_EQ(belongs<Run::token>(c), http::is_token_char(c)) << byte;
    EXPECT_EQ(belongs<Run::value>(c), http::is_field_value(std::string_view(&c, 1))) << byte;
    const bool target = byte > 0x20 && byte != 0x7f && c != '#';
    EXPECT_EQ(belongs<Run::target>(c), target) << byte;
  }
  EXPECT_TRUE(is_all<Run::token>(""));
  EXPECT_TRUE(is_all<Run::token>(std::string_view()));
}

TEST(Scan, RareTokensDoNotEndANameEarly) {
  compare<Run::token>("_____________________________________________________:");
  compare<Run::token>("X_Forwarded_For_And_Some_More_That_Is_Longer_Than_16:");
  compare<Run::token>("!#$%&'*+-.^_`|~!#$%&'*+-.^_`|~!#$%&'*+-.^_`|~@");
}

}  // namespace
}  // namespace freshet::http1
