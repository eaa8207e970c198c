#include <freshet/http_message.h>

#include <gtest/gtest.h>

namespace freshet {
namespace {

using Parameters = std::vector<std::pair<std::string, std::string>>;

TEST(HttpMessage, ParametersAreDecodedInTheirOrder) {
  struct Row {
    const char* target;
    Parameters parameters;
  };
  const Row rows[] = {
      {"/p", {}},
      {"/p?", {}},
      {"/p?a=1&b=2&a=3", {{"a", "1"}, {"b", "2"}, {"a", "3"}}},
      {"/p?&&a&b=&=c", {{"a", ""}, {"b", ""}, {"", "c"}}},
      {"/p?%61=x+y%20z&q=a=b", {{"a", "x y z"}, {"q", "a=b"}}},
      {"/p?a=%4&b=%zz&c=%", {{"a", "%4"}, {"b", "%zz"}, {"c", "%"}}},
      {"/p?a=%00%ff", {{"a", std::string("\0\xff", 2)}}},
  };
  for (const Row& row : rows) EXPECT_EQ(query_parameters(row.target), row.parameters) << row.target;
  EXPECT_EQ(HttpRequest{.target = "/p?a=1&a=2"}.parameter("a"), "1");
  EXPECT_FALSE(HttpRequest{.target = "/p?a=1"}.parameter("b"));
  EXPECT_EQ(HttpRequest{.target = "/p?a=1"}.path(), "/p");
}

TEST(HttpMessage, FindsCookiesByTheirWholeName) {
  HttpRequest request;
  request.fields = {{"cookie", "theme=dark; session=a=b;x = y "}, {"Cookie", "late=1"}};
  EXPECT_EQ(request.cookie("theme"), "dark");
  EXPECT_EQ(request.cookie("session"), "a=b");
  EXPECT_EQ(request.cookie("x"), "y");
  EXPECT_EQ(request.cookie("late"), "1");
  for (const char* none : {"them", "heme", "Theme", "dark", ""}) EXPECT_FALSE(request.cookie(none)) << none;
}

TEST(HttpMessage, TakesTheLanguageThatIsLikedBest) {
  const std::vector<std::string> offered = {"en", "de", "pt-BR"};
  struct Row {
    const char* accept;
    const char* language;
  };
  const Row rows[] = {
      {"de", "de"},           {"de-AT,en;q=0.5", "de"},         {"fr", "en"},     {"", "en"},
      {"fr, de;q=0.1", "de"}, {"en;q=0.3, de;q=0.31", "de"},    {"pt", "en"},     {"pt-br", "pt-BR"},
      {"*, en;q=0", "de"},    {"*;q=0.2, de;q=0.1", "en"},      {"de;q=0", "en"}, {"DE", "de"},
      {"deutsch", "en"},      {"de;q=x, pt-BR;q=0.1", "pt-BR"},
  };
  for (const Row& row : rows) {
    HttpRequest request;
    request.fields = {{"Accept-Language", row.accept}};
    EXPECT_EQ(accepted_language(request, offered), row.language) << row.accept;
  }
  EXPECT_EQ(accepted_language({}, offered), "en");
}

}  // namespace
}  // namespace freshet
