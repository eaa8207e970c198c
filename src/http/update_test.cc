#include "http/update.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

#define DAY "Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\n"
#define NEXT_DAY "Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT\n"
#define FRESH "Cache-Control: max-age=60\n"

TEST(Update, IsForTheResponseThatThe304SpeaksOf) {
  struct Row {
    const char* stored;
    const char* not_modified;
    bool identifies;
  };
  const Row rows[] = {
      // RFC 9111 section 4.3.4: a strong validator must be the same.
      {FRESH "ETag: \"a\"", "ETag: \"a\"", true},
      {FRESH "ETag: \"a\"", "ETag: \"b\"", false},
      {FRESH "ETag: W/\"a\"", "ETag: \"a\"", false},
      {FRESH DAY, "ETag: \"a\"\n" DAY, false},
      // A weak one must correspond.
      {FRESH "ETag: W/\"a\"", "ETag: W/\"a\"", true},
      {FRESH "ETag: \"a\"", "ETag: W/\"a\"", true},
      {FRESH "ETag: W/\"a\"", "ETag: W/\"b\"", false},
      {FRESH DAY, DAY, true},
      {FRESH DAY, NEXT_DAY, false},
      {FRESH "ETag: \"a\"", DAY, false},
      {FRESH "ETag: \"a\"\n" DAY, DAY, true},
      // None: it means what was asked about.
      {FRESH "ETag: \"a\"", "", true},
      {FRESH DAY, "ETag: broken", true},
      {FRESH, "", true},
  };
  for (const Row& row : rows) {
    const StoredSample stored(row.stored);
    const Lines fields(row.not_modified);
    EXPECT_EQ(identifies(stored.head(), {304, fields}, kNow), row.identifies)
        << row.stored << " | " << row.not_modified;
  }
}

std::string block_after(const std::string& stored_lines, const std::string& newer_lines, const Rules& rules,
                        std::uint16_t status = 304) {
  const StoredSample stored(stored_lines, 200, rules);
  const Lines newer(newer_lines);
  const Exchange later{kNow + Seconds{100}, kNow + Seconds{100}};
  const Updated updated = update(stored.head(), get(), {status, newer}, rules, later);
  EXPECT_EQ(name(updated.kept.reason), "stored");
  return std::string(StoredHead::view(updated.head).value().block());
}

TEST(Update, ReplacesEveryFieldButWhatDescribesTheBytes) {
  EXPECT_EQ(block_after(FRESH "A: 1\nB: 2\nB: 3\nDate: Thu, 01 Jan 2026 00:00:00 GMT\nContent-Encoding: gzip\n"
                              "Content-Type: a/b",
                        "b: 4\nC: 5\nCache-Control: max-age=70\nContent-Length: 0\nContent-Encoding: br\n"
                        "Content-Range: bytes 0-1/2\nContent-Type: c/d\nContent-Foo: x\n"
                        "Date: Thu, 01 Jan 2026 00:01:30 GMT\nConnection: X-Hop\nX-Hop: y\nKeep-Alive: z\nAge: 5",
                        Rules::rfc()),
            "A: 1\r\nContent-Encoding: gzip\r\nb: 4\r\nC: 5\r\nCache-Control: max-age=70\r\nContent-Type: c/d\r\n"
            "Content-Foo: x\r\nDate: Thu, 01 Jan 2026 00:01:30 GMT\r\n");
}

TEST(Update, DatesByArrivalWhatComesWithoutADate) {
  EXPECT_EQ(block_after(FRESH "Date: Thu, 01 Jan 2026 00:00:00 GMT", "A: b", Rules::rfc()),
            "Cache-Control: max-age=60\r\nA: b\r\nDate: Thu, 01 Jan 2026 00:01:40 GMT\r\n");
}

TEST(Update, NeverTakesACookieThatTheRulesDoNotStore) {
  EXPECT_EQ(block_after(FRESH "X: y", "Set-Cookie: session=of-one-user", Rules::safe()).find("Set-Cookie"),
            std::string::npos);
  EXPECT_NE(block_after(FRESH "X: y", "Set-Cookie: a=b", Rules::rfc()).find("Set-Cookie: a=b"), std::string::npos);
  // Nor fields that the origin withholds.
  EXPECT_EQ(block_after(FRESH "X: y", "Cache-Control: max-age=60, no-cache=\"u\", private=v\nU: 1\nV: 2", Rules::rfc())
                .find("U: 1"),
            std::string::npos);
}

TEST(Update, MakesFreshAgainFromTheNewTimes) {
  const StoredSample stored(FRESH "ETag: \"a\"\nAge: 30");
  const Lines newer("ETag: \"a\"\nAge: 10");
  const Exchange later{kNow + Seconds{98}, kNow + Seconds{100}};
  const Updated updated = update(stored.head(), get(), {304, newer}, Rules::rfc(), later);
  EXPECT_EQ(updated.kept.facts.response_at, kNow + Seconds{100});
  EXPECT_EQ(updated.kept.facts.initial_age, Seconds{12});
  EXPECT_EQ(StoredHead::view(updated.head)->facts().fresh_until(), kNow + Seconds{148});
  EXPECT_EQ(StoredHead::view(updated.head)->facts().part, stored.head().facts().part);
}

TEST(Update, TakesBackThePermissionToKeep) {
  struct Row {
    const char* newer;
    const char* request;
    Reason reason;
    bool erase;
  };
  const Row rows[] = {
      {"Cache-Control: no-store", "", Reason::refused_no_store, true},
      {"Cache-Control: private", "", Reason::refused_private, true},
      {"Vary: *", "", Reason::refused_vary, true},
      {"Cache-Control: private", "Authorization: x", Reason::refused_private, true},
      // The request's own reasons say nothing about the others.
      {"", "Authorization: x", Reason::refused_authorization, false},
      {"", "Cache-Control: no-store", Reason::refused_no_store, false},
  };
  const StoredSample stored(FRESH "ETag: \"a\"\nX: y");
  for (const Row& row : rows) {
    const Lines newer(row.newer);
    const Lines request(row.request);
    const Updated updated = update(stored.head(), get(request), {304, newer}, Rules::safe(), kAtOnce);
    EXPECT_EQ(name(updated.kept.reason), name(row.reason)) << row.newer << row.request;
    EXPECT_EQ(updated.erase, row.erase) << row.newer << row.request;
    EXPECT_EQ(StoredHead::view(updated.head).value().find("X"), "y") << "it still answers this client";
  }
}

TEST(Update, KeepsAPartAPart) {
  const StoredSample part(FRESH "ETag: \"a\"\nContent-Range: bytes 4-8/20", 206, Rules::rfc(), "Range: bytes=4-8", 5);
  const Lines range("Range: bytes=4-8");
  const Lines newer("ETag: \"a\"\nCache-Control: max-age=70");
  const Updated updated = update(part.head(), get(range), {304, newer}, Rules::rfc(), kAtOnce);
  const StoredHead head = StoredHead::view(updated.head).value();
  EXPECT_TRUE(head.facts().partial);
  EXPECT_EQ(head.facts().status, 206);
  EXPECT_EQ(head.facts().part, (Part{4, 5, 20}));
  EXPECT_EQ(head.facts().lifetime, Seconds{70});
}

TEST(Head, UpdatesOrOutdatesWhatIsStored) {
  struct Row {
    const char* stored;
    std::uint16_t status;
    const char* head;
    HeadSays says;
  };
  const Row rows[] = {
      {FRESH, 200, "", HeadSays::the_same},
      {FRESH "ETag: \"a\"", 200, "ETag: \"a\"\nContent-Length: 10", HeadSays::the_same},
      {FRESH "ETag: \"a\"", 200, "ETag: \"b\"", HeadSays::changed},
      {FRESH, 200, "ETag: \"b\"", HeadSays::changed},
      {FRESH DAY, 200, DAY, HeadSays::the_same},
      {FRESH DAY, 200, NEXT_DAY, HeadSays::changed},
      {FRESH, 200, DAY, HeadSays::changed},
      {FRESH, 200, "Content-Length: 11", HeadSays::changed},
      {FRESH, 200, "Content-Length: 1x", HeadSays::changed},
      {FRESH, 404, "", HeadSays::nothing},
      {FRESH, 304, "", HeadSays::nothing},
  };
  for (const Row& row : rows) {
    const StoredSample stored(row.stored);
    const Lines fields(row.head);
    EXPECT_EQ(compare_with_head(stored.head(), {row.status, fields}, kNow), row.says) << row.stored << row.head;
  }
}

TEST(Head, RefreshesWhatIsStored) {
  const StoredSample stored(FRESH "X: 1");
  const Lines fields("X: 2\nCache-Control: max-age=1000\nContent-Length: 10");
  const Exchange later{kNow + Seconds{100}, kNow + Seconds{100}};
  const Updated updated = update(stored.head(), with_method("HEAD"), {200, fields}, Rules::rfc(), later);
  EXPECT_EQ(name(updated.kept.reason), "stored");
  EXPECT_EQ(StoredHead::view(updated.head)->find("X"), "2");
  EXPECT_EQ(StoredHead::view(updated.head)->facts().fresh_until(), kNow + Seconds{1100});
}

TEST(Completion, AsksForTheOneMissingPieceWithAStrongValidator) {
  struct Row {
    const char* validator;
    const char* range;
    const char* request;
    const char* rfc;
    const char* safe;
  };
  const Row rows[] = {
      {"ETag: \"a\"", "0-4/10", "", "5- \"a\"", "5- \"a\""},
      {"ETag: \"a\"", "5-9/10", "", "0-4 \"a\"", "0-4 \"a\""},
      {"ETag: \"a\"", "5-9/20", "", "none", "none"},
      {"ETag: \"a\"", "0-4/10", "Range: bytes=0-9", "none", "none"},
      {DAY, "0-4/10", "", "5- Wed, 31 Dec 2025 00:00:00 GMT", "5- Wed, 31 Dec 2025 00:00:00 GMT"},
      {"ETag: W/\"a\"", "0-4/10", "", "none", "none"},
      {"", "0-4/10", "", "5- ", "none"},
  };
  for (const Row& row : rows) {
    const StoredSample part(FRESH "Content-Range: bytes " + std::string(row.range) + "\n" + row.validator, 206,
                            Rules::rfc(), "Range: bytes=x", 5);
    const StoredHead head = part.head();
    const Lines request(row.request);
    const auto text = [&](const Rules& rules) -> std::string {
      const auto completion_of = completion(head, get(request), rules);
      if (!completion_of) return "none";
      const auto last = completion_of->piece.last;
      return std::to_string(completion_of->piece.first) + "-" + (last ? std::to_string(*last) : "") + " " +
             std::string(completion_of->if_range);
    };
    EXPECT_EQ(text(Rules::rfc()), row.rfc) << row.validator << row.range;
    EXPECT_EQ(text(Rules::safe()), row.safe) << row.validator << row.range;
  }
}

TEST(Completion, JoinsOnlyWhatSharesAStrongValidator) {
  struct Row {
    const char* stored;
    const char* newer;
    bool joins;
  };
  const Row rows[] = {
      {"ETag: \"a\"", "ETag: \"a\"", true},
      {"ETag: \"a\"", "ETag: \"b\"", false},
      {"ETag: W/\"a\"", "ETag: W/\"a\"", false},
      {"ETag: \"a\"", "", false},
      {"", "", false},
      {DAY, DAY, true},
      {DAY, NEXT_DAY, false},
      {NEXT_DAY, NEXT_DAY, false},
      {"ETag: \"a\"\n" DAY, DAY, false},
      {DAY, "ETag: \"a\"\n" DAY, false},
  };
  for (const Row& row : rows) {
    const StoredSample part(FRESH "Content-Range: bytes 0-4/10\n" + std::string(row.stored), 206, Rules::rfc(),
                            "Range: bytes=0-4", 5);
    const Lines fields(row.newer);
    EXPECT_EQ(joins(part.head(), {206, fields}, {5, 5, 10}, kNow).has_value(), row.joins) << row.stored << row.newer;
  }
  const Lines same("ETag: \"a\"");
  const StoredSample part(FRESH "ETag: \"a\"\nContent-Range: bytes 0-4/10", 206, Rules::rfc(), "Range: bytes=0-4", 5);
  EXPECT_FALSE(joins(part.head(), {206, same}, {6, 4, 10}, kNow).has_value()) << "a gap";
  EXPECT_FALSE(joins(part.head(), {200, same}, {5, 5, 10}, kNow).has_value());
}

}  // namespace
}  // namespace freshet::http
