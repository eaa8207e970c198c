// The steps of a conversation where several take part: who loads, who waits, who may share what is coming.
#include "exchange/conversation.h"

#include "http/sample_messages.h"

#include <freshet/testing.h>

namespace freshet::exchange {
namespace {

using http::kNow;
using http::Lines;
using http::Seconds;

constexpr Duration kDeadline = std::chrono::seconds(30);

class Conversations : public ::testing::Test {
 protected:
  // One client with its request; the texts live as long.
  struct Client {
    Client(Conversations& test, std::string fields, std::string_view method = "GET")
        : lines(std::move(fields)), talk(test.responses, test.rules), request(http::with_method(method, lines)) {}
    Step start(Instant now = kNow) { return talk.start(request, now); }
    Step acquire() { return talk.acquire(kDeadline, kNow); }
    Lines lines;
    Conversation talk;
    http::Request request;
  };
  static Step head(Client& client, const std::string& fields, std::uint16_t status = 200, Instant now = kNow) {
    const Lines lines(fields);
    return client.talk.on_head({status, lines}, {now, now}, http::kUnknownBytes);
  }
  void store_one(const std::string& fields, Instant now = kNow) {
    Client client(*this, "");
    ASSERT_EQ(client.start(now), Step::load);
    ASSERT_EQ(client.talk.acquire(kDeadline, now), Step::ask);
    ASSERT_EQ(head(client, fields, 200, now), Step::stream);
    ASSERT_EQ(client.talk.finish("body", now), Reason::stored);
  }

  http::Rules rules = http::Rules::safe();
  std::shared_ptr<Store> store = testing::in_process_store();
  ResponseStore responses{store, "http"};
};

TEST_F(Conversations, OneLoadsAndTheOtherWaitsAndIsServed) {
  Client first(*this, ""), second(*this, "");
  EXPECT_EQ(first.start(), Step::load);
  EXPECT_EQ(second.start(), Step::load);
  EXPECT_EQ(first.acquire(), Step::ask);
  EXPECT_EQ(second.acquire(), Step::wait);
  EXPECT_EQ(head(first, "Cache-Control: max-age=60"), Step::stream);
  EXPECT_EQ(first.talk.finish("body", kNow), Reason::stored);
  EXPECT_EQ(second.talk.waited(LoadEnd::stored, kNow), Step::serve);
  EXPECT_EQ(second.talk.reason(), Reason::hit_coalesced);
  EXPECT_EQ(second.talk.stored_body(), "body");
}

TEST_F(Conversations, WhoeverComesBetweenALookAndAGrantFindsWhatWasStored) {
  Client first(*this, ""), second(*this, "");
  EXPECT_EQ(second.start(), Step::load);
  first.start();
  first.acquire();
  head(first, "Cache-Control: max-age=60");
  first.talk.finish("body", kNow);
  EXPECT_EQ(second.acquire(), Step::serve);
  EXPECT_EQ(second.talk.reason(), Reason::hit_coalesced);
  Client third(*this, "Cache-Control: no-cache");
  EXPECT_EQ(third.start(), Step::load);
  EXPECT_EQ(third.acquire(), Step::ask) << "the lease was given back";
}

TEST_F(Conversations, WhatMayNotBeStoredLetsTheOthersGoByThemselves) {
  Client first(*this, ""), second(*this, "");
  first.start();
  second.start();
  first.acquire();
  second.acquire();
  const Lease ticket = second.talk.ticket();
  EXPECT_EQ(head(first, "Cache-Control: private"), Step::stream);
  EXPECT_EQ(first.talk.kept_head(), nullptr);
  EXPECT_EQ(first.talk.stored_reason(), Reason::refused_private);
  const Waited waited = store->wait(second.talk.load_key(), ticket, Duration::zero());
  EXPECT_EQ(waited.end, LoadEnd::not_stored);
  EXPECT_EQ(second.talk.waited(waited.end, kNow), Step::ask);
  EXPECT_EQ(head(second, "Cache-Control: max-age=60"), Step::stream);
  EXPECT_EQ(second.talk.kept_head(), nullptr) << "it has no lease, so it stores nothing";
}

TEST_F(Conversations, AnAbandonedLoadStoresNothingAndPassesOn) {
  Client second(*this, "");
  {
    Client first(*this, "");
    first.start();
    first.acquire();
    head(first, "Cache-Control: max-age=60");
    second.start();
    EXPECT_EQ(second.acquire(), Step::wait);
  }
  EXPECT_EQ(store->wait(second.talk.load_key(), second.talk.ticket(), Duration::zero()).end, LoadEnd::superseded);
  EXPECT_EQ(second.talk.waited(LoadEnd::superseded, kNow), Step::load);
  EXPECT_EQ(second.acquire(), Step::ask);
}

TEST_F(Conversations, ALateFillDoesNotOutliveAnErasure) {
  Client first(*this, "");
  first.start();
  first.acquire();
  head(first, "Cache-Control: max-age=60");
  responses.erase(first.talk.url_key());
  EXPECT_EQ(first.talk.finish("old", kNow), Reason::refused_key_changed);
  EXPECT_EQ(Client(*this, "").start(), Step::load);
}

TEST_F(Conversations, ResponsesOnTheirWayAreSharedOnlyWithWhomTheyFit) {
  struct Case {
    const char* response;
    const char* asked;
    const char* other;
    Step step;
  };
  const Case cases[] = {
      {"Cache-Control: max-age=60", "", "", Step::stream},
      {"Cache-Control: max-age=60\nVary: Foo", "Foo: 1", "Foo: 1", Step::stream},
      {"Cache-Control: max-age=60\nVary: Foo", "Foo: 1", "Foo: 2", Step::load},
      {"Cache-Control: max-age=60", "", "Authorization: x", Step::load},
      {"Cache-Control: max-age=60, public", "", "Authorization: x", Step::stream},
      {"Cache-Control: max-age=60", "", "Cache-Control: no-cache", Step::load},
      {"Cache-Control: no-cache\nETag: \"a\"", "", "", Step::load},
  };
  for (const Case& one : cases) {
    Client first(*this, one.asked), second(*this, one.other);
    first.start();
    second.start();
    EXPECT_EQ(first.acquire(), Step::ask);
    head(first, one.response);
    ASSERT_NE(first.talk.kept_head(), nullptr) << one.response;
    EXPECT_EQ(second.talk.join(first.talk.offer(), kNow), one.step) << one.response << " | " << one.other;
    first.talk.abandon(LoadEnd::superseded);
  }
}

TEST_F(Conversations, OnlyPlainGetsAreShareable) {
  for (const char* own :
       {"If-None-Match: \"a\"", "Range: bytes=0-1", "If-Modified-Since: x", "Cache-Control: no-store"}) {
    Client client(*this, own);
    client.start();
    EXPECT_FALSE(client.talk.is_shareable()) << own;
  }
  Client plain(*this, "");
  plain.start();
  EXPECT_TRUE(plain.talk.is_shareable());
  Client head(*this, "", "HEAD");
  head.start();
  EXPECT_FALSE(head.talk.is_shareable());
}

TEST_F(Conversations, AClientsConditionsWaitWhileTheCacheValidates) {
  store_one("Cache-Control: max-age=1\nETag: \"a\"", kNow - Seconds{10});
  Client client(*this, "If-None-Match: \"b\"\nRange: bytes=0-1");
  EXPECT_EQ(client.start(), Step::load);
  EXPECT_TRUE(client.talk.is_shareable()) << "its conditions do not go to the origin";
  EXPECT_EQ(client.acquire(), Step::ask);
  EXPECT_EQ(http::find(client.talk.outgoing(), "If-None-Match"), "\"a\"");
  EXPECT_FALSE(http::has(client.talk.outgoing(), "Range"));
}

TEST_F(Conversations, ABackgroundRunGoesOnlyWhereItIsDueAndNobodyElseDoes) {
  store_one("Cache-Control: max-age=1, stale-while-revalidate=60\nETag: \"a\"", kNow - Seconds{10});
  Client client(*this, ""), other(*this, "");
  EXPECT_EQ(client.start(), Step::serve);
  EXPECT_TRUE(client.talk.revalidates());
  Conversation behind(responses, rules), late(responses, rules);
  EXPECT_EQ(behind.start_background(client.request, kNow), Step::load);
  EXPECT_EQ(behind.acquire(kDeadline, kNow), Step::ask);
  EXPECT_EQ(late.start_background(client.request, kNow), Step::load);
  EXPECT_EQ(late.acquire(kDeadline, kNow), Step::nothing) << "one at a time";
  const Lines fields("ETag: \"a\"\nCache-Control: max-age=60");
  EXPECT_EQ(behind.on_head({304, fields}, {kNow, kNow}, 0), Step::serve);
  EXPECT_EQ(late.start_background(client.request, kNow), Step::nothing) << "it is fresh again";
  EXPECT_EQ(other.start(), Step::serve);
  EXPECT_EQ(other.talk.reason(), Reason::hit);
}

TEST_F(Conversations, AnOriginThatFailedIsNotAskedAtOnceAgain) {
  rules.default_stale_if_error = Seconds{600};
  store_one("Cache-Control: max-age=1", kNow - Seconds{10});
  Client first(*this, ""), second(*this, ""), strict(*this, "Cache-Control: no-cache"), later(*this, "");
  first.start();
  first.acquire();
  EXPECT_EQ(first.talk.on_no_response(kNow), Step::serve);
  EXPECT_EQ(first.talk.reason(), Reason::stale_on_error);
  EXPECT_EQ(second.start(kNow + std::chrono::milliseconds(900)), Step::serve);
  EXPECT_EQ(second.talk.reason(), Reason::stale_on_error);
  EXPECT_FALSE(second.talk.revalidates());
  EXPECT_EQ(strict.start(kNow), Step::load) << "it has asked for it";
  EXPECT_EQ(later.start(kNow + Seconds{1}), Step::load) << "the pause is over";
  Client rfc(*this, "");
  rules.pause_after_failure = Seconds{0};
  EXPECT_EQ(rfc.start(), Step::load);
}

TEST_F(Conversations, WhatGrewTooLargeIsGivenUpAndTheLoadEnds) {
  Client first(*this, ""), second(*this, "");
  first.start();
  first.acquire();
  head(first, "Cache-Control: max-age=60");
  first.talk.give_up_storing();
  EXPECT_EQ(first.talk.stored_reason(), Reason::refused_too_large);
  second.start();
  EXPECT_EQ(second.acquire(), Step::ask);
}

TEST_F(Conversations, PastTheCacheNeitherLooksNorStores) {
  store_one("Cache-Control: max-age=60");
  Client client(*this, "");
  EXPECT_EQ(client.talk.start_past(client.request), Step::ask);
  EXPECT_EQ(head(client, "Cache-Control: max-age=60"), Step::stream);
  EXPECT_EQ(client.talk.kept_head(), nullptr);
}

}  // namespace
}  // namespace freshet::exchange
