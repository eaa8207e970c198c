#include "http/stored_head.h"

#include "http/sample_messages.h"

#include <cstring>
#include <random>

namespace freshet::http {
namespace {

Facts sample_facts() {
  Facts facts;
  facts.status = 203;
  facts.response_at = kNow;
  facts.date = kNow - Seconds{5};
  facts.initial_age = Seconds{7};
  facts.lifetime = Seconds{60};
  facts.stale_while_revalidate = Seconds{10};
  facts.no_cache = facts.immutable = facts.shares_authorized = true;
  facts.part = {0, 11, 11};
  return facts;
}

std::string encoded(const Facts& facts, const std::string& lines) {
  std::string out;
  EXPECT_TRUE(append_head(out, facts, Lines(lines)));
  return out;
}

TEST(StoredHead, GivesBackWhatWasWritten) {
  const std::string lines =
      "Content-Type: text/plain\nETag: \"abc\"\nX-Empty:\nLast-Modified: Wed, 31 Dec 2025 00:00:00 GMT\nX-Empty: y";
  const std::string bytes = encoded(sample_facts(), lines) + "hello world";
  const auto head = StoredHead::view(bytes);
  ASSERT_TRUE(head.has_value());
  const Facts& facts = head->facts();
  EXPECT_EQ(facts.status, 203);
  EXPECT_EQ(facts.response_at, kNow);
  EXPECT_EQ(facts.date, kNow - Seconds{5});
  EXPECT_EQ(facts.initial_age, Seconds{7});
  EXPECT_EQ(facts.lifetime, Seconds{60});
  EXPECT_EQ(facts.stale_while_revalidate, Seconds{10});
  EXPECT_EQ(facts.stale_if_error, std::nullopt);
  EXPECT_TRUE(facts.no_cache && facts.immutable && facts.shares_authorized);
  EXPECT_FALSE(facts.must_revalidate || facts.heuristic || facts.partial);
  EXPECT_EQ(facts.part, (Part{0, 11, 11}));
  EXPECT_EQ(facts.fresh_until(), kNow + Seconds{53});
  EXPECT_EQ(head->etag(), "\"abc\"");
  EXPECT_EQ(head->last_modified(), "Wed, 31 Dec 2025 00:00:00 GMT");
  EXPECT_EQ(head->modified_at(), kNow - Seconds{86400});
  EXPECT_EQ(head->find("x-empty"), "");
  EXPECT_EQ(head->find("missing"), std::nullopt);
  EXPECT_EQ(head->lines(), 5u);
  EXPECT_EQ(head->block(),
            "Content-Type: text/plain\r\nETag: \"abc\"\r\nX-Empty: \r\n"
            "Last-Modified: Wed, 31 Dec 2025 00:00:00 GMT\r\nX-Empty: y\r\n");
  EXPECT_EQ(bytes.substr(head->head_bytes()), "hello world");
  std::vector<Field> fields;
  head->append_fields(fields);
  EXPECT_EQ(fields[4].value, "y");
}

TEST(StoredHead, KnowsOnlyValidatorsThatAreValid) {
  const std::string bytes = encoded(sample_facts(), "ETag: abc\nLast-Modified: yesterday");
  const auto head = StoredHead::view(bytes);
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->etag(), "");
  EXPECT_EQ(head->last_modified(), "");
  EXPECT_EQ(head->find("etag"), "abc") << "it is still sent on";
}

TEST(StoredHead, IsNotWrittenWithWhatIsNoField) {
  std::string out = "before";
  const Field bad[] = {{"X\r\nY", "v"}, {"", "v"}, {"X", "v\r\nSet-Cookie: a=b"}, {"X", std::string_view("\0", 1)}};
  for (const Field& field : bad) EXPECT_FALSE(append_head(out, sample_facts(), std::span(&field, 1)));
  const std::string long_value(65536, 'x');
  const Field too_long{"X", long_value};
  EXPECT_FALSE(append_head(out, sample_facts(), std::span(&too_long, 1)));
  const std::vector<Field> too_many(20, Field{"X", std::string_view(long_value).substr(0, 65535)});
  EXPECT_FALSE(append_head(out, sample_facts(), too_many));
  EXPECT_EQ(out, "before");
}

TEST(StoredHead, TakesTheBodysLengthLater) {
  Facts facts = sample_facts();
  facts.part = {0, kUnknownBytes, std::nullopt};
  std::string bytes = encoded(facts, "A: b");
  EXPECT_EQ(StoredHead::view(bytes)->facts().part.bytes, kUnknownBytes);
  EXPECT_TRUE(set_part(bytes, {0, 42, 42}));
  EXPECT_EQ(StoredHead::view(bytes)->facts().part, (Part{0, 42, 42}));
  EXPECT_FALSE(set_part(bytes, {UINT64_MAX - 1, 42, std::nullopt})) << "ends behind the last position";
  EXPECT_FALSE(set_part(bytes, {0, 43, 42}));
  EXPECT_FALSE(set_part(bytes, {1, 41, 42})) << "what is complete is all of it";
  EXPECT_EQ(StoredHead::view(bytes)->facts().part, (Part{0, 42, 42}));
  std::string nothing = "FH";
  EXPECT_FALSE(set_part(nothing, {0, 1, 1}));
}

TEST(StoredHead, OfDamagedBytesIsRefusedOrReadsWithinThem) {
  const std::string good = encoded(sample_facts(), "ETag: \"abc\"\nContent-Type: text/plain\nX: y");
  ASSERT_TRUE(StoredHead::view(good).has_value());
  for (std::size_t n = 0; n < good.size(); ++n) {
    // A copy of exactly that size: the address sanitizer sees any step beyond it.
    const std::vector<char> cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_FALSE(StoredHead::view({cut.data(), cut.size()}).has_value()) << n;
  }
  std::size_t accepted = 0;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<char> damaged(good.begin(), good.end());
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const auto head = StoredHead::view({damaged.data(), damaged.size()});
      if (!head) continue;
      ++accepted;
      std::size_t bytes = head->etag().size() + head->last_modified().size();
      head->each_field([&](const Field& field) { bytes += field.name.size() + field.value.size(); });
      EXPECT_LE(bytes, 2 * good.size());
      EXPECT_LE(head->facts().initial_age, kMostSeconds);
    }
  }
  EXPECT_GT(accepted, 0u) << "some bits are content";
}

TEST(StoredHead, OfAStrangerCannotMakeTheCacheCalculateNonsense) {
  const std::string good = encoded(sample_facts(), "X: y");
  struct Row {
    const char* what;
    std::size_t at;
    std::uint64_t value;
    std::size_t bytes;
  };
  const Row rows[] = {
      {"magic", 0, 'X', 1},
      {"version", 2, 9, 1},
      {"head_bytes", 4, 7, 4},
      {"response_at", 8, std::uint64_t{1} << 63, 8},
      {"date", 16, INT64_MAX, 8},
      {"modified_at", 24, INT64_MAX, 8},
      {"part_first overflows", 40, UINT64_MAX - 3, 8},
      {"complete below the part", 48, 3, 8},
      {"complete beyond a body that is no part", 48, 30, 8},
      {"initial_age", 56, 0xffffffff, 4},
      {"lifetime", 60, 0x80000001, 4},
      {"swr", 64, 0xfffffffe, 4},
      {"status", 72, 103, 2},
      {"flags", 74, 0x8000, 2},
      {"lines", 76, 2, 2},
      {"etag beyond the block", 80, 1000, 4},
      {"block_bytes", 92, 5, 4},
      {"a line longer than the block", 96, 100, 2},
  };
  for (const Row& row : rows) {
    std::string bad = good;
    std::memcpy(bad.data() + row.at, &row.value, row.bytes);
    EXPECT_FALSE(StoredHead::view(bad).has_value()) << row.what;
  }
}

}  // namespace
}  // namespace freshet::http
