// Purging by URL and by prefix, from outside of whoever stores.
#include "exchange/direct_cache.h"
#include "exchange/url_prefixes.h"
#include "http/sample_messages.h"

#include <freshet/error.h>
#include <freshet/responses.h>

namespace freshet::exchange {
namespace {

class Purge : public ::testing::Test {
 protected:
  Purge() { cache.now = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now()); }
  Reason ask(std::string_view target, const std::string& fields = "") {
    const http::Lines lines(fields);
    return cache.ask(http::get(lines, target)).reason;
  }
  void warm(std::initializer_list<std::string_view> targets) {
    for (const std::string_view target : targets) {
      ask(target);
      EXPECT_EQ(ask(target), Reason::hit) << target;
    }
  }

  std::string vary;
  std::shared_ptr<Store> store = testing::in_process_store();
  DirectCache cache{http::Rules::safe(),
                    [this](std::string_view, http::Fields) {
                      Message message{200, {{"Cache-Control", "max-age=60"}}, "body"};
                      if (!vary.empty()) message.lines.emplace_back("Vary", vary);
                      return message;
                    },
                    store};
};

TEST_F(Purge, OfAUrlTakesItsResponseAndNoOther) {
  warm({"/page", "/page?a=1", "/other"});
  const Purged purged = purge_url(*store, "HTTP://Example.org:80/page");
  EXPECT_EQ(purged.reason, Reason::erased);
  EXPECT_EQ(purged.responses, 1u);
  EXPECT_EQ(ask("/page?a=1"), Reason::hit);
  EXPECT_EQ(ask("/page"), Reason::miss_absent);
  EXPECT_EQ(purge_url(*store, "http://example.org/none").reason, Reason::refused_absent);
}

TEST_F(Purge, OfAUrlTakesAllVariantsAndCountsThem) {
  vary = "Foo";
  for (const char* foo : {"Foo: 1", "Foo: 2", "Foo: 3"}) ask("/page", foo);
  EXPECT_EQ(ask("/page", "Foo: 2"), Reason::hit);
  EXPECT_EQ(purge_url(*store, "http://example.org/page").responses, 3u);
  for (const char* foo : {"Foo: 1", "Foo: 2", "Foo: 3"}) EXPECT_NE(ask("/page", foo), Reason::hit) << foo;
}

TEST_F(Purge, OfAPrefixTakesWhatLiesBelowIt) {
  warm({"/", "/shop/", "/shop/a", "/shop/b/c?x=/y/", "/shopping", "/"});
  EXPECT_EQ(purge_prefix(*store, "http://example.org/shop/").reason, Reason::invalidated);
  EXPECT_EQ(ask("/"), Reason::hit);
  EXPECT_EQ(ask("/shopping"), Reason::hit);
  for (const char* below : {"/shop/", "/shop/a", "/shop/b/c?x=/y/"}) {
    EXPECT_EQ(ask(below), Reason::miss_invalidated) << below;
  }
  purge_prefix(*store, "http://example.org/");
  EXPECT_EQ(ask("/shopping"), Reason::miss_invalidated);
}

TEST_F(Purge, ReachesLongPathsByTheirUpperLevels) {
  const std::string deep = "/" + std::string(300, 'a') + "/b/c/d/e/f/g/h/i/j";
  warm({deep});
  EXPECT_THROW(purge_prefix(*store, "http://example.org" + deep + "/"), ConfigError);
  purge_prefix(*store, "http://example.org/" + std::string(300, 'a') + "/");
  EXPECT_EQ(ask(deep), Reason::miss_invalidated);
  std::vector<std::string> tags;
  append_prefix_tags(tags, "http://example.org" + deep);
  EXPECT_EQ(tags.size(), kMostPrefixLevels);
}

TEST_F(Purge, SaysWhatIsWrongWithAUrl) {
  for (const char* url : {"", "/page", "ftp://example.org/", "http://user@example.org/", "example.org/page"}) {
    EXPECT_THROW(purge_url(*store, url), ConfigError) << url;
  }
  for (const char* prefix : {"http://example.org/shop", "http://example.org/?a=/", "shop/"}) {
    EXPECT_THROW(purge_prefix(*store, prefix), ConfigError) << prefix;
  }
}

}  // namespace
}  // namespace freshet::exchange
