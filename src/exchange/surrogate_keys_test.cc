#include "exchange/surrogate_keys.h"

#include "http/sample_messages.h"

namespace freshet::exchange {
namespace {

std::vector<std::string> keys(const std::string& lines) {
  const http::Lines fields(lines);
  std::vector<std::string> out;
  append_surrogate_keys(out, fields);
  return out;
}

TEST(SurrogateKeys, AreSeparatedByWhatTheirFieldSeparatesBy) {
  using Keys = std::vector<std::string>;
  EXPECT_EQ(keys("Surrogate-Key: a b:1  c,d"), (Keys{"a", "b:1", "c,d"}));
  EXPECT_EQ(keys("xkey: a b"), (Keys{"a", "b"}));
  EXPECT_EQ(keys("Cache-Tag: a b, c ,,d"), (Keys{"a b", "c", "d"}));
  EXPECT_EQ(keys("Surrogate-Key: a\nX-Other: z\ncache-tag: b\nSURROGATE-KEY: a c"), (Keys{"a", "b", "c"}));
  EXPECT_EQ(keys("Surrogate-Key:\nCache-Tag: ,"), Keys{});
}

}  // namespace
}  // namespace freshet::exchange
