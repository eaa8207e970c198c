#include "pages.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace demo {
namespace {

constexpr const char* kHostile = "<script>alert('x')</script>\"&";

PackageDetails hostile_package() {
  PackageDetails package;
  package.name = package.version = package.section = package.maintainer = package.summary = package.description =
      kHostile;
  package.homepage = std::string("https://example.org/") + kHostile;
  package.dependencies = {{1, {{kHostile, kHostile, true}, {kHostile, kHostile, false}}}};
  package.dependents = {kHostile};
  return package;
}

TEST(Pages, NothingThatComesFromOutsideBecomesMarkup) {
  const Feedback feedback{1, 5.0, {{kHostile, 0}}};
  const PageNote note{kHostile, "1"};
  for (const std::string& page :
       {package_page(hostile_package(), feedback, note),
        search_page(kHostile, {1, {{kHostile, kHostile, kHostile}}}, note), home_page({1, 1, {{kHostile, 1}}}, note),
        ranking_page({{kHostile, kHostile, 1}}, note), message_page(kHostile, kHostile)}) {
    EXPECT_EQ(page.find("<script"), std::string::npos);
    EXPECT_EQ(page.find("alert('"), std::string::npos);
  }
}

TEST(Pages, AHomepageIsALinkOnlyIfItIsAWebAddress) {
  PackageDetails package;
  package.homepage = "javascript:alert(1)";
  EXPECT_EQ(package_page(package, {}, {}).find("javascript:"), std::string::npos);
}

TEST(Pages, AddressesEscapeAllButUnreservedCharacters) {
  EXPECT_EQ(escape_url("g++-12"), "g%2B%2B-12");
  EXPECT_EQ(escape_url("a/b?c"), "a%2Fb%3Fc");
  EXPECT_EQ(escape_html("a<b>&\"'"), "a&lt;b&gt;&amp;&quot;&#39;");
}

TEST(Pages, JsonHoldsBytesThatAreNotUtf8) {
  PackageDetails package;
  package.name = "latin\xe9";
  const auto json = nlohmann::json::parse(package_json(package, {7, 3.5, {{"good", 1}}}));
  EXPECT_EQ(json["ratings"], 7);
  EXPECT_EQ(json["notes"][0]["text"], "good");
}

}  // namespace
}  // namespace demo
