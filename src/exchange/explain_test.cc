// What explain_url() tells of what was stored.
#include "exchange/direct_cache.h"
#include "http/sample_messages.h"

#include <freshet/error.h>
#include <freshet/responses.h>

#include <algorithm>

namespace freshet::exchange {
namespace {

constexpr std::string_view kUrl = "http://example.org/page";

class Explained : public ::testing::Test {
 protected:
  void ask(const std::string& response, const std::string& request = "") {
    answer = Message{200, {}, "body"};
    const http::Lines lines(response);
    answer.add(lines);
    const http::Lines fields(request);
    cache.now = http::kNow;
    cache.ask(http::get(fields));
  }
  Message answer;
  std::shared_ptr<Store> store = testing::in_process_store();
  DirectCache cache{http::Rules::safe(), [this](std::string_view, http::Fields) { return answer; }, store};
};

TEST_F(Explained, OneResponseTellsItsTimesTagsAndRules) {
  ask("Cache-Control: max-age=60, stale-while-revalidate=5\nAge: 10\nETag: \"a\"\nSurrogate-Key: x y");
  const StoredResponses all = explain_url(*store, kUrl, http::kNow + http::Seconds{20});
  EXPECT_FALSE(all.varies);
  ASSERT_EQ(all.responses.size(), 1u);
  const StoredResponse& one = all.responses[0];
  EXPECT_TRUE(one.readable);
  EXPECT_EQ(one.selected_by, "");
  EXPECT_EQ(one.status, 200);
  EXPECT_EQ(one.etag, "\"a\"");
  EXPECT_EQ(one.age, http::Seconds{30});
  EXPECT_EQ(one.fresh_until, http::kNow + http::Seconds{50});
  EXPECT_EQ(one.stale_while_revalidate, http::Seconds{5});
  EXPECT_EQ(one.stale_if_error, std::nullopt);
  EXPECT_EQ(one.body_bytes, 4u);
  EXPECT_NE(std::find(one.entry.tags.begin(), one.entry.tags.end(), "y"), one.entry.tags.end());
}

TEST_F(Explained, VariantsTellWhatSelectsThem) {
  ask("Cache-Control: max-age=60\nVary: Foo, Accept-Encoding", "Foo: 1\nAccept-Encoding: gzip");
  ask("Cache-Control: max-age=60\nVary: Foo, Accept-Encoding", "Foo: 2");
  const StoredResponses all = explain_url(*store, kUrl, http::kNow);
  EXPECT_TRUE(all.varies);
  ASSERT_EQ(all.responses.size(), 2u);
  EXPECT_EQ(all.responses[0].selected_by, "accept-encoding-\nfoo=2");
  EXPECT_EQ(all.responses[1].selected_by, "accept-encoding=gzip\nfoo=1");
}

TEST_F(Explained, NothingStoredTellsWhyItWasMissed) {
  ask("Cache-Control: no-store");
  const StoredResponses all = explain_url(*store, kUrl, http::kNow);
  EXPECT_TRUE(all.responses.empty());
  EXPECT_EQ(all.key, kUrl);
  EXPECT_FALSE(all.url.fetch.found);
  EXPECT_THROW(explain_url(*store, "page", http::kNow), ConfigError);
}

}  // namespace
}  // namespace freshet::exchange
