#include "http/variants.h"

#include "http/sample_messages.h"
#include "http/vary.h"

#include <cstring>

namespace freshet::http {
namespace {

// A list as a driver would keep it.
class Kept {
 public:
  explicit Kept(Rules rules = Rules::rfc()) : rules_(std::move(rules)) {}

  // Stores what was got with `request_lines`; gives the selecting text that made room.
  std::string add(const std::string& names, const std::string& request_lines, int date_s = 0,
                  const std::string& language = "") {
    std::string selecting;
    EXPECT_TRUE(append_selecting(selecting, names, Lines(request_lines), rules_));
    std::string out;
    std::string_view dropped;
    EXPECT_TRUE(add_variant(out, VariantList::view(bytes_), {names, selecting, language, kNow + Seconds{date_s}},
                            rules_, dropped));
    const std::string gone(dropped);
    bytes_ = out;
    return gone;
  }
  std::string select(const std::string& request_lines) const {
    const auto list = VariantList::view(bytes_);
    const auto variant = list ? list->select(Lines(request_lines), rules_, scratch_) : std::nullopt;
    return variant ? std::string(variant->selecting) : "none";
  }
  std::size_t size() const { return VariantList::view(bytes_).value().size(); }
  const std::string& bytes() const { return bytes_; }

 private:
  Rules rules_;
  std::string bytes_;
  mutable std::string scratch_;
};

TEST(Variants, AnswerTheRequestsThatMatch) {
  Kept kept;
  kept.add("foo", "Foo: 1");
  kept.add("foo", "Foo: 2");
  kept.add("foo", "");
  EXPECT_EQ(kept.select("Foo: 1"), "\nfoo=1");
  EXPECT_EQ(kept.select("Foo: 2\nOther: x"), "\nfoo=2");
  EXPECT_EQ(kept.select("Bar: 1"), "\nfoo-");
  EXPECT_EQ(kept.select("Foo: 3"), "none");
  EXPECT_EQ(kept.size(), 3u);
  kept.add("foo", "Foo: 1", 5);
  EXPECT_EQ(kept.size(), 3u) << "the same again takes no more room";
}

TEST(Variants, ThatMatchBothLeaveTheChoiceToTheDate) {
  // RFC 9111 section 4: the most recent one by its Date. Two answers to one URL with different Vary.
  Kept kept;
  kept.add("foo", "Foo: 1", 10);
  kept.add("bar", "Bar: 1", 5);
  EXPECT_EQ(kept.select("Foo: 1\nBar: 1"), "\nfoo=1");
  kept.add("bar", "Bar: 1", 20);
  EXPECT_EQ(kept.select("Foo: 1\nBar: 1"), "\nbar=1");
  EXPECT_EQ(kept.select("Foo: 1\nBar: 2"), "\nfoo=1");
}

TEST(Variants, AreNeverMoreThanTheRulesSay) {
  Rules rules;
  rules.most_variants = 3;
  Kept kept(rules);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(kept.add("foo", "Foo: " + std::to_string(i), i), "");
  EXPECT_EQ(kept.add("foo", "Foo: 3", 3), "\nfoo=0") << "the oldest makes room";
  EXPECT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept.select("Foo: 0"), "none");
  EXPECT_EQ(kept.add("foo", "Foo: old", -100), "\nfoo=1") << "but never what has just come";
  EXPECT_EQ(kept.select("Foo: old"), "\nfoo=old");
  for (int i = 0; i < 1000; ++i) kept.add("foo", "Foo: x" + std::to_string(i), i);
  EXPECT_EQ(kept.size(), 3u);
  EXPECT_LT(kept.bytes().size(), 200u);
}

TEST(Variants, OfALanguageAnswerWhoWantsItMost) {
  const auto filled = [](const Rules& rules) {
    Kept kept(rules);
    kept.add("accept-language", "Accept-Language: en, de", 0, "de");
    return kept;
  };
  const Kept rfc = filled(Rules::rfc());
  EXPECT_NE(rfc.select("Accept-Language: fr;q=0.5, DE;q=1.0"), "none");
  EXPECT_EQ(rfc.select("Accept-Language: fr, de;q=0.5"), "none");
  EXPECT_EQ(rfc.select("Accept-Language: fr, de"), "none") << "no one language is wanted most";
  EXPECT_EQ(filled(Rules::safe()).select("Accept-Language: fr;q=0.5, de;q=1.0"), "none");
  EXPECT_NE(filled(Rules::safe()).select("Accept-Language: de, en"), "none");
}

TEST(Variants, KnowTheOneLanguageOfAResponse) {
  EXPECT_EQ(sole_language(Lines("Content-Language: de"), "accept-language"), "de");
  EXPECT_EQ(sole_language(Lines("Content-Language: de, en"), "accept-language"), "");
  EXPECT_EQ(sole_language(Lines("Content-Language: de\nContent-Language: en"), "accept-language"), "");
  EXPECT_EQ(sole_language(Lines("Content-Language: de"), "accept-encoding,accept-language"), "");
  EXPECT_EQ(sole_language(Lines(""), "accept-language"), "");
}

TEST(Variants, RefuseWhatIsTooLong) {
  std::string out;
  std::string_view dropped;
  Rules rules;
  EXPECT_FALSE(
      add_variant(out, {}, {"foo", std::string(rules.most_selecting_bytes + 1, 'x'), "", kNow}, rules, dropped));
  EXPECT_FALSE(add_variant(out, {}, {"", "x", "", kNow}, rules, dropped));
  rules.most_variants = 0;
  EXPECT_FALSE(add_variant(out, {}, {"foo", "\nfoo=1", "", kNow}, rules, dropped));
  EXPECT_EQ(out, "");
}

TEST(Variants, OfDamagedBytesAreRefusedOrReadWithinThem) {
  Kept kept;
  kept.add("foo", "Foo: 1", 0, "de");
  kept.add("accept-language,bar", "Bar: 2", 5);
  const std::string good = kept.bytes();
  for (std::size_t n = 0; n < good.size(); ++n) {
    const std::vector<char> cut(good.begin(), good.begin() + static_cast<std::ptrdiff_t>(n));
    EXPECT_FALSE(VariantList::view({cut.data(), cut.size()}).has_value()) << n;
  }
  std::string scratch;
  for (std::size_t at = 0; at < good.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<char> damaged(good.begin(), good.end());
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const auto list = VariantList::view({damaged.data(), damaged.size()});
      if (!list) continue;
      std::size_t rows = 0;
      list->each([&](const Variant& row) {
        ++rows;
        EXPECT_LE(row.names.size() + row.selecting.size() + row.language.size(), good.size());
      });
      EXPECT_EQ(rows, list->size());
      (void)list->select(Lines("Foo: 1\nBar: 2"), Rules::rfc(), scratch);
    }
  }
  // A stored head is no list, nor the other way round.
  EXPECT_FALSE(VariantList::view(StoredSample("Cache-Control: max-age=60").bytes()).has_value());
  EXPECT_FALSE(StoredHead::view(good).has_value());
}

}  // namespace
}  // namespace freshet::http
