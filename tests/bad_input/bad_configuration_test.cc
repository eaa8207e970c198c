// Wrong URLs, sizes, names and options: each throws a ConfigError, before anything is created, with the message that
// stands here in full. What a damaged or foreign segment file is told stands in tests/attach/refuse_test.cc; every way
// of writing a wrong URL, in src/segment/placement_test.cc.
#include <freshet/attach.h>
#include <freshet/freshet.h>
#include <freshet/testing.h>

#include <filesystem>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <vector>

namespace freshet {
namespace {

using namespace std::chrono_literals;

struct Row {
  std::function<void()> wrong;
  std::string message;
};

void expect_messages(const std::vector<Row>& table) {
  for (const Row& row : table) {
    try {
      row.wrong();
      ADD_FAILURE() << "accepted, instead of: " << row.message;
    } catch (const ConfigError& error) {
      EXPECT_EQ(error.what(), row.message);
    }
  }
}

std::function<void()> opening(std::string url) {
  return [url = std::move(url)] { open(url); };
}

TEST(BadInput, Urls) {
  const std::string forms = "expected memory:?size=256MiB, shared:NAME?size=1GiB or file:/path?size=10GiB";
  const std::string of_size = " is not a size; write 256MiB, 1GiB or a number of bytes";
  expect_messages({
      {opening(""), "cache URL \"\": no scheme; " + forms},
      {opening("redis://localhost"), "cache URL \"redis://localhost\": unknown scheme \"redis\"; " + forms},
      {opening("memory:app"), "cache URL \"memory:app\": memory: takes no name; for a named segment write shared:app"},
      {opening("shared:"), "cache URL \"shared:\": shared: needs a name; write shared:myapp?size=1GiB"},
      {opening("shared:../etc"),
       "cache URL \"shared:../etc\": the name may hold letters, digits, '-', '_' and '.' only; it holds '/'"},
      {opening("file:cache"),
       "cache URL \"file:cache\": file: needs an absolute path; write file:/var/cache/app.freshet"},
      {opening("null:?size=1MiB"),
       "cache URL \"null:?size=1MiB\": null: keeps nothing, so nothing belongs behind it; write null:"},
      {opening("memory:?size=much"), "cache URL \"memory:?size=much\": size: \"much\"" + of_size},
      {opening("memory:?size=-5MiB"), "cache URL \"memory:?size=-5MiB\": size: \"-5MiB\"" + of_size},
      {opening("memory:?size=0"), "cache URL \"memory:?size=0\": size=0 is out of range; a segment is 1MiB to 1TiB"},
      {opening("memory:?size=2TiB"),
       "cache URL \"memory:?size=2TiB\": size=2TiB is out of range; a segment is 1MiB to 1TiB"},
      {opening("memory:?ttl=5"),
       "cache URL \"memory:?ttl=5\": unknown parameter \"ttl\"; known are size, mode and group"},
      {opening("shared:a?mode=0666"),
       "cache URL \"shared:a?mode=0666\": mode=0666 would open the cache to every user of the machine; use "
       "mode=0660&group=NAME"},
      {opening(std::string("memory:?size=1\0MiB", 18)), "cache URL \"memory:?size=1?MiB\": size: \"1?MiB\"" + of_size},
      {[] { attach("null:"); }, "cannot attach to null:: null: keeps nothing; name a shared: or file: segment"},
      {[] { attach("memory:?size=1MiB"); },
       "cannot attach to memory:?size=1MiB: memory: belongs to one process alone; let the application open shared:NAME "
       "instead, and name that"},
  });
}

std::function<void()> setting(const Options& options) {
  return [options] { open("memory:?size=1MiB").set("k", 1, options); };
}

TEST(BadInput, OptionsOfACall) {
  const std::string negative = " is -1s, but a span cannot be negative";
  const std::string beta = "Options::early_refresh: must be zero (off) or a positive number; 1 is the usual choice";
  expect_messages({
      {setting({.ttl = -1s}), "Options::ttl:" + negative},
      {setting({.jitter = -1s}), "Options::jitter:" + negative},
      {setting({.stale_while_revalidate = -1s}), "Options::stale_while_revalidate:" + negative},
      {setting({.stale_if_error = -1s}), "Options::stale_if_error:" + negative},
      {setting({.soft_timeout = -1s}), "Options::soft_timeout:" + negative},
      {setting({.hard_timeout = -1s}), "Options::hard_timeout:" + negative},
      {setting({.negative_ttl = -1s}), "Options::negative_ttl:" + negative},
      {setting({.error_ttl = -1s}), "Options::error_ttl:" + negative},
      {setting({.ttl = 10s, .jitter = 11s}),
       "Options::jitter: is 11s, above the ttl of 10s; a ttl can be shortened by at most itself"},
      {setting({.hard_timeout = 0s}),
       "Options::hard_timeout: is zero, so that no load could ever finish; leave it at kForever for no limit"},
      {setting({.soft_timeout = 3s, .hard_timeout = 2s}),
       "Options::soft_timeout: is 3s, above the hard_timeout of 2s, and would never strike"},
      {setting({.early_refresh = -1}), beta},
      {setting({.early_refresh = std::numeric_limits<double>::infinity()}), beta},
      {setting({.early_refresh = std::numeric_limits<double>::quiet_NaN()}), beta},
  });
}

TEST(BadInput, TheSameOptionsAreRefusedByEveryCallThatTakesThem) {
  const Cache cache = open("memory:?size=1MiB");
  const Options bad{.ttl = -1s};
  const std::string message = "Options::ttl: is -1s, but a span cannot be negative";
  const std::vector<std::string> keys = {"k"};
  const auto many = [](const std::vector<std::string>&) { return std::map<std::string, int>(); };
  expect_messages({
      {[&] { cache.add("k", 1, bad); }, message},
      {[&] { cache.replace("k", 1, bad); }, message},
      {[&] { cache.increment("k", 1, bad); }, message},
      {[&] {
         cache.set_many(std::map<std::string, int>{{"k", 1}}, bad);
       },
       message},
      {[&] {
         cache.get_or_load(
             "k", [] { return 1; }, bad);
       },
       message},
      {[&] { cache.get_or_load_many(keys, many, bad); }, message},
      {[&] {
         cache.memoize(
             "f", [](int x) { return x; }, bad);
       },
       message},
      {[&] { open("memory:?size=1MiB", {.defaults = bad}); }, message},
  });
  EXPECT_EQ(cache.stats().entries, 0u);
}

TEST(BadInput, OptionsOfACacheAndNames) {
  const Cache cache = open("memory:?size=1MiB");
  const auto version = [](std::string name) { return [name] { open("memory:?size=1MiB", {.version = name}); }; };
  const auto space = [&](std::string name) { return [&cache, name] { static_cast<void>(cache.namespaced(name)); }; };
  const std::string slash =
      "it holds '/', which separates nested namespaces; use another character, or nest with "
      "namespaced() twice";
  const std::string at = "it holds '@', which begins a version; use another character, such as '-'";
  expect_messages({
      {[] { open("memory:?size=1MiB", {.lease_deadline = 0s}); },
       "CacheOptions::lease_deadline: is 0s; a load needs time, for example 30s"},
      {[] { open(std::shared_ptr<Store>()); },
       "open: the store is null; give it one, or a URL such as memory:?size=64MiB"},
      {version("v/1"), "version \"v/1\": " + slash},
      {version("v@1"), "version \"v@1\": " + at},
      {[&] { static_cast<void>(cache.versioned("")); },
       "version \"\": it is empty; give it a name, or use the handle as it is"},
      {space(""), "namespace \"\": it is empty; give it a name, or use the handle as it is"},
      {space("a/b"), "namespace \"a/b\": " + slash},
      {space("a@b"), "namespace \"a@b\": " + at},
      {space(std::string("a\0b", 3)), "namespace \"a?b\": it holds a NUL, which ends a namespace; leave it out"},
      {space(std::string(5000, 'n')),
       "namespace and version have 5001 bytes together, and 4096 is the most; use shorter names"},
      {[&] { cache.memoize("", [](int x) { return x; }); },
       "memoize: the name is empty; give the function the name that its keys begin with"},
      {[&] { static_cast<void>(cache.on_event(nullptr)); },
       "on_event: the listener is empty; give it a function to call"},
      {[&] { cache.touch("k", -1s); }, "touch: a ttl cannot be negative; expire() makes an entry stale"},
  });
}

TEST(BadInput, TextOfSpans) {
  const std::string forms =
      "; write for example 90s, 5m, 1h30m, 7d, 250ms, 10us, forever, or a bare number of seconds (90, 0.5)";
  const auto reading = [](const char* text) { return [text] { parse_duration(text); }; };
  expect_messages({
      {reading(""), "duration \"\": it is empty" + forms},
      {reading("-5s"), "duration \"-5s\": a span cannot be negative" + forms},
      {reading("soon"), "duration \"soon\": a number is missing" + forms},
      {reading("5 minutes"),
       "duration \"5 minutes\": a unit is missing, unknown, or not in order from long to short" + forms},
      {reading("999999999d"), "duration \"999999999d\": the span is too long" + forms},
  });
}

TEST(BadInput, TheTestingKit) {
  const auto chaos = [](testing::ChaosOptions options) {
    return [options] { testing::chaos_store(testing::null_store(), options); };
  };
  const std::string mend = "; a probability lies between 0 and 1";
  expect_messages({
      {chaos({.fail_gets = -0.5}), "ChaosOptions::fail_gets: is -0.500000" + mend},
      {chaos({.fail_puts = 50}), "ChaosOptions::fail_puts: is 50.000000" + mend},
      {chaos({.fail_leases = std::numeric_limits<double>::quiet_NaN()}), "ChaosOptions::fail_leases: is nan" + mend},
      {[] { testing::chaos_store(nullptr); },
       "chaos_store: the inner store is null; give it in_process_store(), for example"},
  });
}

TEST(BadInput, NoSegmentIsCreatedForOptionsThatMakeNoSense) {
  const std::string path = ::testing::TempDir() + "freshet-bad-input-" + std::to_string(getpid());
  EXPECT_THROW(open("file:" + path + "?size=1MiB", {.defaults = {.ttl = -1s}}), ConfigError);
  EXPECT_THROW(open("file:" + path + "?size=1MiB", {.version = "a/b"}), ConfigError);
  EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace freshet
