// Wrong keys, tags and values: no call throws for them. Each is a miss or a refusal with its Reason, which is counted,
// and a loader's value reaches its caller all the same.
#include <freshet/freshet.h>

#include <deque>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace freshet {
namespace {

using namespace std::chrono_literals;

const Cache& cache() {
  static const Cache kept = open("memory:?size=2MiB");
  return kept;
}

// How often a Reason was counted while `call` ran.
std::uint64_t counted(Reason reason, const std::function<void()>& call) {
  const std::uint64_t before = cache().stats()[reason];
  call();
  return cache().stats()[reason] - before;
}

struct Call {
  const char* name;
  std::function<Reason(const std::string& key)> answer;
  Reason to_a_bad_key;
};

const std::vector<Call>& calls() {
  static const std::vector<Call> table = {
      {"get", [](auto& key) { return cache().get<int>(key).reason(); }, Reason::miss_bad_key},
      {"get_many", [](auto& key) { return cache().get_many<int>(std::vector{key})[0].reason(); }, Reason::miss_bad_key},
      {"pin", [](auto& key) { return cache().pin(key).reason(); }, Reason::miss_bad_key},
      {"set", [](auto& key) { return cache().set(key, 1); }, Reason::refused_bad_key},
      {"add", [](auto& key) { return cache().add(key, 1); }, Reason::refused_bad_key},
      {"replace", [](auto& key) { return cache().replace(key, 1); }, Reason::refused_bad_key},
      {"set_many",
       [](auto& key) {
         return cache().set_many(std::map<std::string, int>{{key, 1}})[0];
       },
       Reason::refused_bad_key},
      {"erase", [](auto& key) { return cache().erase(key); }, Reason::refused_bad_key},
      {"expire", [](auto& key) { return cache().expire(key); }, Reason::refused_bad_key},
      {"touch", [](auto& key) { return cache().touch(key, 1s); }, Reason::refused_bad_key},
      {"increment", [](auto& key) { return cache().increment(key).reason(); }, Reason::refused_bad_key},
  };
  return table;
}

TEST(BadInput, EmptyAndOverlongKeysAreAnsweredByTheirReason) {
  const std::string overlong(64 * 1024 + 1, 'k');
  for (const Call& call : calls()) {
    for (const std::string& key : {std::string(), overlong, std::string(70 * 1024, 'k')}) {
      const auto count = counted(call.to_a_bad_key, [&] { EXPECT_EQ(call.answer(key), call.to_a_bad_key); });
      EXPECT_EQ(count, 1u) << call.name << " of a key of " << key.size() << " bytes";
    }
  }
  for (const std::string& key : {std::string(), overlong}) {
    EXPECT_EQ(cache().peek<int>(key).reason(), Reason::miss_bad_key);
    EXPECT_EQ(cache().explain(key).fetch.reason, Reason::miss_bad_key);
    const auto loaded = cache().get_or_load(key, [] { return 7; });
    EXPECT_EQ(*loaded, 7);
    EXPECT_EQ(loaded.reason(), Reason::loaded_unshared);
    const auto many = cache().get_or_load_many<int>(std::vector{key, std::string("good")}, [](const auto& missing) {
      return std::vector<std::optional<int>>(missing.size(), 8);
    });
    EXPECT_EQ(*many[0], 8);
    EXPECT_EQ(*many[1], 8);
    cache().erase("good");
  }
}

TEST(BadInput, AKeyOf64KiBIsAGoodKeyWhateverItsNamespaceAndVersion) {
  const std::string longest(64 * 1024, 'k');
  const Cache deep = cache().namespaced(std::string(2000, 'n')).namespaced("inner").versioned(std::string(2000, 'v'));
  for (const Cache& handle : {cache(), cache().namespaced("shop"), deep}) {
    EXPECT_EQ(handle.set(longest, 42), Reason::stored);
    EXPECT_EQ(*handle.get<int>(longest), 42);
    EXPECT_EQ(handle.set(longest + 'k', 42), Reason::refused_bad_key);
    EXPECT_EQ(handle.erase(longest), Reason::erased);
  }
}

struct Chain {
  std::vector<Chain> inner;
};

TEST(BadInput, ValuesAndTagsThatCannotBeStoredAreRefusedAndStillReturned) {
  std::variant<int, std::deque<int>> broken;
  volatile std::size_t too_many = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW(broken.emplace<1>(too_many), std::length_error);
  ASSERT_TRUE(broken.valueless_by_exception());
  Chain chain;
  for (int i = 0; i < 1000; ++i) {
    Chain outer;
    outer.inner.push_back(std::move(chain));
    chain = std::move(outer);
  }
  const Bytes huge{std::string(512 * 1024 + 1, 'x')};
  CacheOptions plain;
  plain.compress_above = 0;
  const Cache uncompressed = open(cache().store(), plain);
  const Options many_tags{.tags = std::vector<std::string>(41, "t")};
  const Options long_tags{.tags = {std::string(4097, 't')}};

  struct Row {
    Reason reason;
    std::function<Reason()> set;
    std::function<std::optional<Reason>()> load;
  };
  const std::vector<Row> table = {
      {Reason::refused_too_large, [&] { return uncompressed.set("k", huge); },
       [&] { return uncompressed.get_or_load("k", [&] { return huge; }).stored(); }},
      {Reason::refused_unencodable, [&] { return cache().set("k", broken); },
       [&] { return cache().get_or_load("k", [&] { return broken; }).stored(); }},
      {Reason::refused_unencodable, [&] { return cache().set("k", chain); },
       [&] { return cache().get_or_load("k", [&] { return chain; }).stored(); }},
      {Reason::refused_too_many_tags, [&] { return cache().set("k", 1, many_tags); },
       [&] {
         return cache()
             .get_or_load(
                 "k", [] { return 1; }, many_tags)
             .stored();
       }},
      {Reason::refused_too_many_tags, [&] { return cache().set("k", 1, long_tags); },
       [&] {
         return cache()
             .get_or_load(
                 "k", [] { return 1; }, long_tags)
             .stored();
       }},
      {Reason::refused_zero_ttl, [&] { return cache().set("k", 1, {.ttl = 0s}); },
       [&] { return cache().get_or_load("k", [] { return 1; }, {.ttl = 0s}).stored(); }},
  };
  for (const Row& row : table) {
    EXPECT_EQ(counted(row.reason, [&] { EXPECT_EQ(row.set(), row.reason); }), 1u) << name(row.reason);
    EXPECT_EQ(counted(row.reason, [&] { EXPECT_EQ(row.load(), row.reason); }), 1u) << name(row.reason);
    EXPECT_FALSE(cache().get<Bytes>("k")) << name(row.reason);
  }
}

TEST(BadInput, WrongTypesAndNumbersAreMissesAndRefusals) {
  cache().set("word", "three");
  cache().set("most", std::numeric_limits<std::int64_t>::max());
  cache().set("raw", Bytes{"\xc1"});
  EXPECT_EQ(cache().get<int>("word").reason(), Reason::miss_other_shape);
  EXPECT_EQ(cache().get<int>("raw").reason(), Reason::miss_other_shape);
  EXPECT_EQ(cache().increment("word").reason(), Reason::refused_not_integer);
  EXPECT_EQ(cache().increment("most").reason(), Reason::refused_not_integer);
  EXPECT_EQ(*cache().get<std::int64_t>("most"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(cache().touch("absent", 1s), Reason::refused_absent);
  EXPECT_EQ(cache().expire("absent"), Reason::refused_absent);
  EXPECT_EQ(cache().erase("absent"), Reason::refused_absent);
  EXPECT_EQ(cache().replace("absent", 1), Reason::refused_absent);
  EXPECT_EQ(cache().add("word", "four"), Reason::refused_exists);
}

TEST(BadInput, WhatAnotherVersionWroteIsAMissWhateverItIsSaidToBe) {
  for (const std::uint32_t encoding : {0U, 1U, 2U, 3U}) {
    const std::string key = stored_key("", "", "foreign");
    PutRequest request;
    request.key = key;
    request.meta.fresh_until = request.meta.keep_until = kNever;
    request.meta.content = 2U << 28 | encoding << 24;
    ASSERT_EQ(cache().store()->put(request), Reason::stored);
    EXPECT_EQ(cache().get<int>("foreign").reason(), Reason::miss_undecodable) << encoding;
    EXPECT_EQ(cache().pin("foreign").reason(), Reason::miss_undecodable) << encoding;
    EXPECT_EQ(*cache().get_or_load<int>("foreign", [] { return 7; }), 7) << encoding;
  }
}

TEST(BadInput, ALoaderThatMisusesItsContextIsToldSo) {
  try {
    cache().get_or_load("new", [](LoadContext<int>& load) { return load.not_modified(); });
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "LoadContext::not_modified() was called, but stale() is null");
  }
  const auto result = cache().get_or_load("negative", [](LoadContext<int>& load) {
    load.ttl(-5s);
    return 1;
  });
  EXPECT_EQ(result.stored(), Reason::refused_zero_ttl) << "a negative span counts as zero";
  EXPECT_THROW(cache().get_or_load("empty", std::function<int()>()), std::bad_function_call)
      << "what an empty function throws is what its loader threw";
  EXPECT_FALSE(cache().get<int>("empty"));
}

}  // namespace
}  // namespace freshet
