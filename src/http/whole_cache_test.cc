// The functions of this room put together, in the order of a driver: what each of them decides must fit the others.
// Each case scripts an origin and a client; the section that it is about stands beside it.
#include "http/sample_messages.h"
#include "http/tiny_cache.h"

namespace freshet::http {
namespace {

/// What the origin answers next, and what it was asked.
class Script {
 public:
  Message operator()(std::string_view method, Fields request) {
    asked = std::string(method);
    for (const Field& field : request) asked.append("|").append(field.name).append(": ").append(field.value);
    ++times;
    return next;
  }
  void answers(std::uint16_t status, const std::string& lines, std::string body = "body") {
    next = {status, {}, std::move(body), true};
    next.add(Lines(lines));
  }

  Message next;
  std::string asked;
  int times = 0;
};

class WholeCache : public ::testing::Test {
 protected:
  explicit WholeCache(const Rules& rules = Rules::rfc())
      : cache(rules, [this](std::string_view method, Fields fields) { return origin(method, fields); }) {
    cache.now = kNow;
  }

  Answer ask(const std::string& lines = "", std::string_view method = "GET", std::string_view target = "/page") {
    const Lines fields(lines);
    Request request = with_method(method, fields);
    request.target = target;
    return cache.ask(request);
  }
  void later(int seconds) { cache.now += Seconds{seconds}; }
  static std::string field(const Answer& answer, std::string_view name) {
    return std::string(find(answer.message.fields(), name).value_or("none"));
  }

  Script origin;
  TinyCache cache;
};

TEST_F(WholeCache, ServesWhatIsFreshAndAsksAgainWhenItIsNot) {
  origin.answers(200, "Cache-Control: max-age=60");
  EXPECT_EQ(ask().reason, Reason::miss_absent);
  later(59);
  const Answer hit = ask();
  EXPECT_EQ(hit.reason, Reason::hit);
  EXPECT_EQ(hit.message.body, "body");
  EXPECT_EQ(field(hit, "Age"), "59");
  EXPECT_EQ(ask("", "HEAD").message.body, "");
  EXPECT_EQ(origin.times, 1);
  later(1);
  EXPECT_EQ(ask().reason, Reason::miss_expired);
  EXPECT_EQ(origin.times, 2);
}

TEST_F(WholeCache, ValidatesAndGoesOnWithWhatTheNotModifiedSays) {
  origin.answers(200, "Cache-Control: max-age=60\nETag: \"a\"\nX: 1");
  ask();
  later(60);
  origin.answers(304, "Cache-Control: max-age=10\nETag: \"a\"\nX: 2", "");
  const Answer validated = ask("If-None-Match: \"other\"\nRange: bytes=0-1");
  EXPECT_EQ(origin.asked, "GET|If-None-Match: \"a\"") << "the cache's conditions in place of the client's";
  EXPECT_EQ(validated.message.status, 206) << "and the client's range out of what is stored";
  EXPECT_EQ(validated.message.body, "bo");
  EXPECT_EQ(field(validated, "X"), "2");
  later(9);
  EXPECT_EQ(ask().reason, Reason::hit);
  EXPECT_EQ(ask("If-None-Match: \"a\"").message.status, 304);
  later(1);
  EXPECT_EQ(ask().reason, Reason::miss_expired);
}

TEST_F(WholeCache, DoesNotUpdateWithANotModifiedOfSomethingElse) {
  origin.answers(200, "Cache-Control: max-age=0\nETag: \"a\"", "old");
  ask();
  origin.answers(304, "ETag: \"b\"", "");
  ask();
  EXPECT_EQ(origin.times, 3) << "asked a second time";
  EXPECT_EQ(origin.asked, "GET") << "without conditions";
}

TEST_F(WholeCache, ServesStaleWhileItRevalidatesAndNotBeyond) {
  origin.answers(200, "Cache-Control: max-age=1, stale-while-revalidate=4\nETag: \"abc\"", "one");
  ask();
  later(3);
  origin.answers(200, "Cache-Control: max-age=1, stale-while-revalidate=4\nETag: \"def\"", "two");
  const Answer stale = ask();
  EXPECT_EQ(stale.reason, Reason::stale_revalidating);
  EXPECT_EQ(stale.message.body, "one");
  EXPECT_FALSE(stale.asked_origin);
  EXPECT_EQ(origin.times, 2) << "behind the answer";
  EXPECT_EQ(ask().message.body, "two");
  later(5);
  EXPECT_EQ(ask().reason, Reason::miss_expired);
}

TEST_F(WholeCache, StandsInForADeadOriginWhereThatIsAllowed) {
  origin.answers(200, "Cache-Control: max-age=2");
  ask();
  later(3);
  origin.next = {};
  EXPECT_EQ(ask().message.body, "body");
  origin.answers(503, "", "down");
  EXPECT_EQ(ask().message.status, 200);
  for (const char* forbidden : {"must-revalidate", "proxy-revalidate", "no-cache", "s-maxage=2"}) {
    origin.answers(200, std::string("ETag: \"a\"\nCache-Control: max-age=2, ") + forbidden);
    ask("", "GET", std::string("/") + forbidden);
    later(3);
    origin.next = {};
    EXPECT_EQ(ask("", "GET", std::string("/") + forbidden).message.status, 504) << forbidden;
  }
}

TEST_F(WholeCache, KeepsVariantsApart) {
  origin.answers(200, "Cache-Control: max-age=60\nVary: Foo", "one");
  ask("Foo: 1");
  origin.answers(200, "Cache-Control: max-age=60\nVary: Foo", "two");
  EXPECT_EQ(ask("Foo: 2").reason, Reason::miss_variant);
  EXPECT_EQ(ask("Foo: 1").message.body, "one");
  EXPECT_EQ(ask("Foo: 2").message.body, "two");
  EXPECT_EQ(origin.times, 2);
  origin.answers(200, "", "posted");
  ask("", "POST");
  EXPECT_EQ(cache.size(), 0u) << "section 4.4: all of them";
}

TEST_F(WholeCache, IsNotFilledByAMillionVariantsOfOneUrl) {
  origin.answers(200, "Cache-Control: max-age=60\nVary: Foo");
  for (int i = 0; i < 1000; ++i) ask("Foo: " + std::to_string(i));
  EXPECT_EQ(cache.size(), Rules().most_variants + 1);
  EXPECT_EQ(ask("Foo: 999").reason, Reason::hit);
}

TEST_F(WholeCache, InvalidatesWhatAnUnsafeMethodChanged) {
  origin.answers(200, "Cache-Control: max-age=60");
  ask();
  ask("", "GET", "/other");
  origin.answers(500, "", "");
  ask("", "M-SEARCH");
  EXPECT_EQ(ask().reason, Reason::hit) << "it failed";
  origin.answers(201, "Location: /other", "");
  ask("", "M-SEARCH");
  EXPECT_EQ(ask("", "GET", "/other").reason, Reason::miss_absent);
  EXPECT_EQ(ask().reason, Reason::miss_absent);
}

TEST_F(WholeCache, AnswersAGetWithThePostThatNamedIt) {
  origin.answers(200, "Cache-Control: max-age=60\nContent-Location: /page", "posted");
  EXPECT_EQ(ask("", "POST").reason, Reason::miss_method);
  EXPECT_EQ(ask().message.body, "posted");
  EXPECT_EQ(ask("", "POST").reason, Reason::miss_method) << "but never a POST";
}

TEST_F(WholeCache, AnswersRangesFromAPartAndCompletesIt) {
  origin.answers(206, "Cache-Control: max-age=60\nContent-Range: bytes 0-4/10\nETag: \"a\"", "01234");
  ask("Range: bytes=0-4");
  const Answer inner = ask("Range: bytes=1-2");
  EXPECT_EQ(inner.reason, Reason::hit);
  EXPECT_EQ(inner.message.body, "12");
  EXPECT_EQ(inner.message.status, 206);
  origin.answers(206, "Cache-Control: max-age=60\nContent-Range: bytes 5-9/10\nETag: \"a\"", "56789");
  const Answer whole = ask();
  EXPECT_EQ(whole.reason, Reason::miss_range);
  EXPECT_EQ(origin.asked, "GET|Range: bytes=5-|If-Range: \"a\"");
  EXPECT_EQ(whole.message.status, 200);
  EXPECT_EQ(whole.message.body, "0123456789");
  EXPECT_EQ(ask().reason, Reason::hit);
  EXPECT_EQ(ask("Range: bytes=-3").message.body, "789");
}

TEST_F(WholeCache, NeverMixesTwoRepresentations) {
  origin.answers(206, "Cache-Control: max-age=60\nContent-Range: bytes 0-4/10\nETag: \"a\"", "01234");
  ask("Range: bytes=0-4");
  // A 206 of another representation, although If-Range named the first: asked for again, whole.
  int calls = 0;
  TinyCache second(Rules::rfc(), [&](std::string_view, Fields fields) -> Message {
    if (++calls == 1) return origin.next;
    Message message{206, {}, "56789", true};
    message.add(Lines("Cache-Control: max-age=60\nContent-Range: bytes 5-9/10\nETag: \"b\""));
    if (calls == 3) {
      EXPECT_FALSE(has(fields, "Range"));
      message = {200, {}, "abcdefghij", true};
      message.add(Lines("Cache-Control: max-age=60\nETag: \"b\""));
    }
    return message;
  });
  second.now = kNow;
  const Lines range("Range: bytes=0-4");
  second.ask(get(range));
  EXPECT_EQ(second.ask(get()).message.body, "abcdefghij");
  EXPECT_EQ(calls, 3);
}

TEST_F(WholeCache, TakesAHeadAsAnUpdateOrAsNews) {
  origin.answers(200, "Cache-Control: max-age=2\nX: 1");
  ask();
  later(3);
  origin.answers(200, "Cache-Control: max-age=100\nX: 2", "");
  ask("", "HEAD");
  EXPECT_EQ(ask().reason, Reason::hit);
  EXPECT_EQ(field(ask(), "X"), "2");
  EXPECT_EQ(ask().message.body, "body");
  later(100);
  origin.answers(200, "Content-Length: 5", "");
  ask("", "HEAD");
  EXPECT_EQ(cache.size(), 0u) << "another length";
}

class SafeCache : public WholeCache {
 protected:
  SafeCache() : WholeCache(Rules::safe()) {}

  // One client provokes a response, another asks for the same URL: does it get what was the first one's?
  bool leaks(const std::string& response, const std::string& first, const std::string& second = "") {
    const std::string target = "/" + std::to_string(++urls_);
    origin.answers(200, response + "\nETag: \"a\"\nX-User: one", "one's page");
    ask(first, "GET", target);
    origin.answers(200, "Cache-Control: no-store", "two's page");
    const Answer got = ask(second, "GET", target);
    return got.message.body != "two's page" || field(got, "Set-Cookie") != "none" || field(got, "X-User") != "none";
  }

 private:
  int urls_ = 0;
};

TEST_F(SafeCache, NeverCrossesClients) {
  EXPECT_TRUE(leaks("Cache-Control: max-age=60", "")) << "the test can fail";
  EXPECT_FALSE(leaks("Cache-Control: max-age=60\nSet-Cookie: session=1", ""));
  EXPECT_FALSE(leaks("Cache-Control: max-age=60, public\nSet-Cookie: session=1", ""));
  EXPECT_FALSE(leaks("Cache-Control: max-age=60", "Authorization: one"));
  EXPECT_FALSE(leaks("Cache-Control: max-age=60, must-revalidate", "Authorization: one"));
  EXPECT_FALSE(leaks("Cache-Control: max-age=60", "", "Authorization: two"));
  EXPECT_FALSE(leaks("Cache-Control: private, max-age=60", ""));
  EXPECT_FALSE(leaks("Cache-Control: no-store, max-age=60", ""));
  EXPECT_FALSE(leaks("Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT", "Cookie: session=1"));
  EXPECT_FALSE(leaks("Cache-Control: max-age=60\nVary: Cookie", "Cookie: session=1", "Cookie: session=2"));
  EXPECT_FALSE(leaks("Connection: vary\nCache-Control: max-age=60\nVary: Cookie", "Cookie: session=1"));
  EXPECT_FALSE(leaks("Cache-Control: no-cache", "Cookie: session=1", "Cookie: session=2"));
}

TEST_F(SafeCache, KeepsFieldsThatAreOneUsersFromTheOthers) {
  for (const char* qualified : {"no-cache=\"x-user\"", "private=\"x-user\""}) {
    origin.answers(200, std::string("Cache-Control: max-age=60, ") + qualified + "\nX-User: one", "for all");
    EXPECT_EQ(field(ask("", "GET", std::string("/") + qualified[0]), "X-User"), "one");
    const Answer other = ask("", "GET", std::string("/") + qualified[0]);
    EXPECT_EQ(other.message.body, "for all");
    EXPECT_EQ(field(other, "X-User"), "none") << qualified;
  }
}

TEST_F(SafeCache, DoesNotMergeAUsersFieldsIntoWhatOthersGet) {
  origin.answers(200, "Cache-Control: max-age=1\nETag: \"a\"", "for all");
  ask();
  later(1);
  origin.answers(304, "Set-Cookie: session=1\nETag: \"a\"", "");
  ask("Cookie: session=1");
  EXPECT_EQ(field(ask(), "Set-Cookie"), "none");
  later(1);
  origin.answers(304, "Cache-Control: private\nETag: \"a\"\nX-User: one", "");
  ask("Cookie: session=1");
  EXPECT_EQ(cache.size(), 0u) << "the origin has taken its permission back";
}

TEST_F(SafeCache, IsNotPoisonedByWhatNoKeyContains) {
  origin.answers(200, "Cache-Control: max-age=60");
  ask("X-Forwarded-Host: evil.example\nX-Original-URL: /admin\nX-HTTP-Method-Override: DELETE\nAccept: a/b");
  EXPECT_EQ(origin.asked, "GET|Accept: a/b");
  origin.answers(400, "Cache-Control: max-age=60", "your request is odd");
  ask("X-Oversized: y", "GET", "/b");
  origin.answers(200, "Cache-Control: max-age=60");
  EXPECT_EQ(ask("", "GET", "/b").message.status, 200);
  EXPECT_EQ(ask("", "GET", "/a b").message.status, 400) << "no key, no cache";
}

TEST_F(SafeCache, IsNotDeceived) {
  const std::string page = "Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\nContent-Type: text/html";
  origin.answers(200, page, "an account");
  ask("", "GET", "/account/x.css");
  origin.answers(200, page, "another account");
  EXPECT_EQ(ask("", "GET", "/account/x.css").message.body, "another account");
  EXPECT_EQ(ask("", "GET", "/account/x.css").asked_origin, true);
}

TEST_F(SafeCache, SendsNeitherMoreNorOtherBytesForAnyRange) {
  origin.answers(200, "Cache-Control: max-age=60", "0123456789");
  ask();
  EXPECT_EQ(ask("Range: bytes=0-,0-,0-,0-").message.body, "0123456789");
  EXPECT_EQ(ask("Range: bytes=-9223372036854775808").message.body, "0123456789");
  EXPECT_EQ(ask("Range: bytes=10-").message.status, 416);
  EXPECT_EQ(ask("Range: bytes=0-0,4-5").message.body,
            "\r\n--no-body-of-a-test-has-this\r\nContent-Range: bytes 0-0/10\r\n\r\n0"
            "\r\n--no-body-of-a-test-has-this\r\nContent-Range: bytes 4-5/10\r\n\r\n45"
            "\r\n--no-body-of-a-test-has-this--\r\n");
  EXPECT_EQ(origin.times, 1);
}

}  // namespace
}  // namespace freshet::http
