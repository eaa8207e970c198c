#include "proxy/admin.h"

#include <gtest/gtest.h>

namespace freshet::proxy {
namespace {

std::string parameters(std::string_view query) {
  std::string out;
  const bool good = each_parameter(query, [&](std::string_view name, const std::string& value) {
    out.append(name).append("=").append(value).append(";");
  });
  return good ? out : "bad";
}

TEST(AdminParameters, AreDecodedOnce) {
  EXPECT_EQ(parameters(""), "");
  EXPECT_EQ(parameters("tag=a&tag=b"), "tag=a;tag=b;");
  EXPECT_EQ(parameters("url=http://a/b?c=d%26e%3df"), "url=http://a/b?c=d&e=f;");
  EXPECT_EQ(parameters("tag=a+b%20c%2B%2525"), "tag=a+b c+%25;");
  EXPECT_EQ(parameters("&&all=yes&"), "all=yes;");
  EXPECT_EQ(parameters("tag"), "tag=;");
  for (const char* bad : {"tag=%", "tag=%4", "tag=%4g", "tag=%g4"}) EXPECT_EQ(parameters(bad), "bad") << bad;
}

}  // namespace
}  // namespace freshet::proxy
