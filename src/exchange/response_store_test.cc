// What is stored for a URL, and that nothing survives what was taken out while it was fetched.
#include "exchange/response_store.h"

#include "http/sample_messages.h"

#include <freshet/cache.h>
#include <freshet/testing.h>

namespace freshet::exchange {
namespace {

using http::kNow;
using http::Lines;

constexpr std::string_view kKey = "http://example.org/page";

class Responses : public ::testing::Test {
 protected:
  struct Looked {
    Place place;
    Found found;
  };
  Looked look(const std::string& request = "") {
    Looked out;
    const Lines fields(request);
    responses.look(kKey, fields, rules, kNow, out.place, out.found);
    return out;
  }
  // Stores as a load does whose place was seen by `looked`.
  Reason put(const Place& place, const std::string& body, const std::string& response, const std::string& request = "",
             const Lease& lease = {}, std::vector<std::string> tags = {}) {
    const Lines request_fields(request);
    const http::StoredSample sample("Cache-Control: max-age=60\n" + response, 200, rules, "", body.size());
    return responses.put(place, http::get(request_fields), rules,
                         {sample.bytes(), body, kNow + http::Seconds{60}, {}, tags}, lease, kNow);
  }
  Lease lease(const Place& place) {
    const Acquire got = store->acquire(place.entry_key, std::chrono::seconds(30));
    EXPECT_EQ(got.status, Acquire::Status::granted);
    return got.lease;
  }
  std::string body(const std::string& request = "") {
    const Looked looked = look(request);
    return looked.found ? std::string(looked.found.body()) : std::string(name(looked.found.reason));
  }

  http::Rules rules = http::Rules::rfc();
  std::shared_ptr<Store> store = testing::in_process_store();
  ResponseStore responses{store, "http"};
};

TEST_F(Responses, WithoutVaryAreOneEntry) {
  const Looked before = look();
  EXPECT_EQ(before.found.reason, Reason::miss_absent);
  EXPECT_EQ(put(before.place, "one", "", "", lease(before.place)), Reason::stored);
  EXPECT_EQ(body(), "one");
  EXPECT_EQ(store->stats().entries, 1u);
  EXPECT_EQ(responses.erase(kKey), Reason::erased);
  EXPECT_EQ(body(), "miss_absent");
}

TEST_F(Responses, WithVaryAreAListAndTheVariants) {
  const Looked cold = look("Foo: 1");
  put(cold.place, "one", "Vary: Foo", "Foo: 1", lease(cold.place));
  const Looked other = look("Foo: 2");
  EXPECT_EQ(other.found.reason, Reason::miss_variant);
  EXPECT_NE(other.place.entry_key, look("Foo: 3").place.entry_key) << "each is loaded by itself";
  put(other.place, "two", "Vary: Foo", "Foo: 2", lease(other.place));
  EXPECT_EQ(body("Foo: 1"), "one");
  EXPECT_EQ(body("Foo: 2"), "two");
  EXPECT_EQ(responses.erase(kKey), Reason::erased);
  EXPECT_EQ(body("Foo: 1"), "miss_absent");
  EXPECT_EQ(body("Foo: 2"), "miss_absent");
}

TEST_F(Responses, ErasedWhileTheyAreFetchedAreNotStored) {
  const Looked cold = look();
  const Lease leased = lease(cold.place);
  responses.erase(kKey);
  EXPECT_EQ(put(cold.place, "old", "", "", leased), Reason::refused_key_changed);
  const Looked again = look();
  const Lease second = lease(again.place);
  responses.erase(kKey);
  EXPECT_EQ(put(again.place, "old", "Vary: Foo", "Foo: 1", second), Reason::refused_key_changed);
  EXPECT_EQ(body("Foo: 1"), "miss_absent");
}

TEST_F(Responses, VariantsErasedWhileTheyAreFetchedAreNeverFound) {
  const Looked cold = look("Foo: 1");
  put(cold.place, "one", "Vary: Foo", "Foo: 1", lease(cold.place));
  const Looked second = look("Foo: 2");
  const Lease leased = lease(second.place);
  responses.erase(kKey);
  // Somebody has the list anew, under another number, before the old fetch comes home.
  const Looked fresh = look("Foo: 1");
  put(fresh.place, "new one", "Vary: Foo", "Foo: 1", lease(fresh.place));
  EXPECT_EQ(put(second.place, "old two", "Vary: Foo", "Foo: 2", leased), Reason::refused_key_changed);
  EXPECT_EQ(body("Foo: 2"), "miss_variant");
  EXPECT_EQ(body("Foo: 1"), "new one");
}

TEST_F(Responses, InvalidatedByTagWhileTheyAreFetchedAreNotStored) {
  for (const char* vary : {"", "Vary: Foo"}) {
    const Looked cold = look("Foo: 1");
    const Lease leased = lease(cold.place);
    store->invalidate_tag("product:42");
    EXPECT_NE(put(cold.place, "old", vary, "Foo: 1", leased, {"product:42"}), Reason::stored) << vary;
    EXPECT_NE(body("Foo: 1"), "old") << vary;
  }
}

TEST_F(Responses, AnswerByTheirOwnTagsOnly) {
  const Looked cold = look("Foo: 1");
  put(cold.place, "one", "Vary: Foo", "Foo: 1", lease(cold.place), {"a"});
  const Looked other = look("Foo: 2");
  put(other.place, "two", "Vary: Foo", "Foo: 2", lease(other.place), {"b"});
  store->invalidate_tag("a");
  EXPECT_EQ(body("Foo: 1"), "miss_invalidated");
  EXPECT_EQ(body("Foo: 2"), "two");
}

TEST_F(Responses, WithoutALeaseReplaceOnlyWhatWasSeen) {
  const Looked cold = look();
  EXPECT_EQ(put(cold.place, "one", ""), Reason::stored);
  EXPECT_EQ(put(cold.place, "late", ""), Reason::refused_exists) << "it was absent when it was looked at";
  const Looked warm = look();
  EXPECT_EQ(put(warm.place, "two", ""), Reason::stored);
  EXPECT_EQ(put(warm.place, "late", ""), Reason::refused_version);
  EXPECT_EQ(body(), "two");
}

// In a real segment, whose large values run over several blocks.
TEST(LargeResponses, LieInPlaceUntilTheyAreCopied) {
  const std::shared_ptr<Store> store = open("memory:?size=16MiB").store();
  const ResponseStore responses(store, "http");
  const http::Rules rules = http::Rules::rfc();
  const std::string large = std::string(300'000, 'a') + std::string(300'000, 'b');
  const Instant now = system_clock()->now();
  for (const std::string& body : {std::string("small"), large}) {
    Place place;
    Found found;
    const std::string key = "http://example.org/" + std::to_string(body.size());
    responses.look(key, {}, rules, now, place, found, 1000);
    http::Facts facts;
    facts.status = 200;
    facts.response_at = facts.date = now;
    facts.lifetime = http::Seconds{60};
    facts.part = {0, body.size(), body.size()};
    std::string head;
    const http::Field field{"ETag", "\"a\""};
    ASSERT_TRUE(http::append_head(head, facts, {&field, 1}));
    ASSERT_EQ(responses.put(place, http::get(), rules, {head, body, now + http::Seconds{60}, {}, {}}, {}, now),
              Reason::stored);

    responses.look(key, {}, rules, now, place, found, 1000);
    ASSERT_EQ(found.reason, Reason::hit);
    EXPECT_EQ(found.pinned != nullptr, body.size() > 1000);
    std::string read;
    for (const std::string_view piece : found.pieces) read += piece;
    EXPECT_TRUE(read == body);
    EXPECT_EQ(found.head->etag(), "\"a\"");
    found.copy();
    EXPECT_EQ(found.pinned, nullptr);
    EXPECT_TRUE(found.body() == body);
    EXPECT_EQ(found.head->etag(), "\"a\"");
    responses.look(key, {}, rules, now, place, found);
    EXPECT_EQ(found.pinned, nullptr) << "whoever does not ask for it gets a copy";
    EXPECT_TRUE(found.body() == body);
  }
}

TEST(EntryKeys, AreThoseOfNoUrl) {
  std::string key;
  append_entry_key(key, "http://a/", 0xbeef, "\nfoo=1");
  EXPECT_EQ(key, "http://a/\nbeef\nfoo=1") << "a URL has no line break";
}

TEST_F(Responses, GoFromOneToVariantsAndBack) {
  const Looked cold = look("Foo: 1");
  put(cold.place, "plain", "", "", lease(cold.place));
  const Looked plain = look("Foo: 1");
  put(plain.place, "one", "Vary: Foo", "Foo: 1", lease(plain.place));
  EXPECT_EQ(body("Foo: 1"), "one");
  EXPECT_EQ(body("Foo: 2"), "miss_variant");
  const Looked variant = look("Foo: 2");
  EXPECT_EQ(put(variant.place, "for all", "", "Foo: 2", lease(variant.place)), Reason::stored);
  EXPECT_EQ(body("Foo: 1"), "for all");
  EXPECT_EQ(store->acquire(variant.place.entry_key, std::chrono::seconds(1)).status, Acquire::Status::granted)
      << "the load of the variant has ended";
}

TEST_F(Responses, WhoseBodyIsNotAsLongAsTheHeadSaysAreNoResponses) {
  const http::StoredSample sample("Cache-Control: max-age=60", 200, rules, "", 10);
  const Looked cold = look();
  const std::string nine = sample.bytes() + "123456789";
  PutRequest request;
  request.key = cold.place.url_key;
  request.value = std::as_bytes(std::span(nine));
  request.meta.stored_at = kNow;
  request.meta.fresh_until = request.meta.keep_until = kNow + http::Seconds{60};
  ASSERT_EQ(store->put(request), Reason::stored);
  EXPECT_EQ(body(), "miss_bad_head");
}

}  // namespace
}  // namespace freshet::exchange
