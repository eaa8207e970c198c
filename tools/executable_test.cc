// The executable as scripts see it: output, exit codes and messages, on a segment that is in use.
#include "run_executable.h"

#include <freshet/attach.h>

#include <algorithm>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <future>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

namespace freshet::tools {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using Json = nlohmann::json;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

Options tagged(std::vector<std::string> tags) {
  Options options;
  options.ttl = 1h;
  options.tags = std::move(tags);
  return options;
}

using Executable = WithSegment;

TEST_F(Executable, StatsShowsTheCountersOfAllProcesses) {
  cache_.set("a", "value"s);
  cache_.get<std::string>("a");
  cache_.get<std::string>("absent");
  const Outcome text = run_executable({"stats", url_});
  EXPECT_EQ(text.code, 0) << text.err;
  EXPECT_TRUE(contains(text.out, "1 in ")) << text.out;
  EXPECT_TRUE(contains(text.out, "2, hits 50.0 %")) << text.out;
  EXPECT_TRUE(contains(text.out, "2 processes, this one included")) << text.out;
  EXPECT_TRUE(contains(text.out, "nothing is stored under this key")) << text.out;

  const Outcome json = run_executable({"stats", url_, "--json"});
  const Json stats = Json::parse(json.out);
  EXPECT_EQ(stats["url"], url_);
  EXPECT_EQ(stats["entries"], 1);
  EXPECT_EQ(stats["lookups"], 2);
  EXPECT_EQ(stats["hits"], 1);
  EXPECT_EQ(stats["count"].size(), kReasonCount);
  EXPECT_EQ(stats["count"]["miss_absent"], 1);
  EXPECT_EQ(stats["load_time"]["buckets"].size(), kHistogramBuckets);
  EXPECT_TRUE(stats["load_time"]["p50_us"].is_null());

  const Outcome prometheus = run_executable({"--", "stats"});
  EXPECT_EQ(prometheus.code, 2);
  EXPECT_TRUE(contains(run_executable({"stats", "--prometheus", url_}).out,
                       "freshet_lookups_total{reason=\"miss_absent\"} 1\n"));
}

TEST_F(Executable, StatsOfASegmentThatIsHammeredNeverFallBehind) {
  const Hammering hammering(cache_);
  std::uint64_t before = 0;
  for (int i = 0; i < 20; ++i) {
    const Json stats = Json::parse(run_executable({"stats", url_, "--json"}).out);
    const std::uint64_t now = stats["lookups"];
    EXPECT_GE(now, before);
    EXPECT_EQ(stats["processes"], 2);
    before = now;
  }
  EXPECT_EQ(cache_.stats().processes, 1U) << "who came to look has left";
}

TEST_F(Executable, ExplainTellsAllThatIsKnownOfAFreshEntry) {
  cache_.get<std::string>("product:42");
  Options options = tagged({"product:42", "pri\nces\xff"});
  options.stale_if_error = 24h;
  cache_.get_or_load<std::string>(
      "product:42", [] { return std::string(2048, 'x'); }, options);
  const Outcome text = run_executable({"explain", url_, "product:42"});
  EXPECT_EQ(text.code, 0) << text.err;
  for (const std::string_view part :
       {"yes, fresh (hit: ", "for 59m59s, until 2", "may serve for 1d59m", "product:42  pri\\nces\\xff", "MessagePack",
        "loading now  no", "ago: miss_absent (nothing is stored", "small"}) {
    EXPECT_TRUE(contains(text.out, part)) << part << " is not in\n" << text.out;
  }
  const Json json = Json::parse(run_executable({"explain", url_, "product:42", "--json"}).out);
  EXPECT_EQ(json["state"], "fresh");
  EXPECT_EQ(json["tags"], Json({"product:42", "pri\\nces\\xff"}));
  EXPECT_EQ(json["last_miss"]["reason"], "miss_absent");
  EXPECT_EQ(std::int64_t{json["fresh_until_us"]} - std::int64_t{json["stored_at_us"]}, Duration(1h).count());
  EXPECT_EQ(std::int64_t{json["keep_until_us"]} - std::int64_t{json["fresh_until_us"]}, Duration(24h).count());
}

TEST_F(Executable, ExplainTellsStaleFromFreshAndAbsent) {
  Options options = tagged({"t"});
  options.stale_if_error = 24h;
  cache_.set("k", 1, options);
  cache_.expire("k");
  const Outcome stale = run_executable({"explain", url_, "k"});
  EXPECT_EQ(stale.code, 0);
  EXPECT_TRUE(contains(stale.out, "yes, stale; a lookup misses (miss_expired")) << stale.out;

  cache_.invalidate_tag("t");
  const Outcome invalidated = run_executable({"explain", url_, "k"});
  EXPECT_EQ(invalidated.code, 1);
  EXPECT_TRUE(contains(invalidated.out, "no (miss_invalidated: ")) << invalidated.out;

  const Outcome absent = run_executable({"explain", url_, "other"});
  EXPECT_EQ(absent.code, 1);
  EXPECT_EQ(absent.err, "");
  EXPECT_TRUE(contains(absent.out, "no (miss_absent: ")) << absent.out;
  EXPECT_TRUE(contains(absent.out, "see --namespace and --version")) << absent.out;
  const Json json = Json::parse(run_executable({"explain", url_, "other", "--json"}).out);
  EXPECT_EQ(json["found"], false);
  EXPECT_TRUE(json["stored_at_us"].is_null());
}

TEST_F(Executable, ExplainFindsKeysByNamespaceAndVersionAndByTheirStoredForm) {
  const Cache cart = cache_.namespaced("shop").namespaced("cart").versioned("v2");
  cart.set("7", 1);
  EXPECT_EQ(run_executable({"explain", url_, "7"}).code, 1);
  const Outcome found = run_executable({"explain", url_, "7", "--namespace", "shop/cart", "--version=v2"});
  EXPECT_EQ(found.code, 0) << found.out;
  EXPECT_TRUE(contains(found.out, "shop/cart@v2\\x007")) << found.out;
  EXPECT_TRUE(contains(found.out, "tags         none")) << found.out;
  EXPECT_EQ(run_executable({"explain", url_, "--raw", "shop/cart@v2\\x007"}).code, 0);
}

TEST_F(Executable, ExplainShowsBinaryKeysEscapedAndNeverAsTheyAre) {
  const std::string key = "\x1b[2J\xff key";
  cache_.set(key, 1);
  const Outcome found = run_executable({"explain", url_, key, "--json"});
  EXPECT_EQ(found.code, 0) << found.err;
  EXPECT_EQ(Json::parse(found.out)["key"], "\\x1b[2J\\xff key");
  EXPECT_EQ(run_executable({"explain", url_, key}).out.find('\x1b'), std::string::npos);
  cache_.set("--all", 1);
  EXPECT_EQ(run_executable({"explain", url_, "--", "--all"}).code, 0);
}

TEST_F(Executable, ExplainSeesALoadThatIsUnderWay) {
  std::promise<void> started;
  std::promise<void> go_on;
  std::thread loader([&] {
    cache_.get_or_load<int>("slow", [&] {
      started.set_value();
      go_on.get_future().wait();
      return 1;
    });
  });
  started.get_future().wait();
  EXPECT_TRUE(contains(run_executable({"explain", url_, "slow"}).out, "loading now  yes"));
  EXPECT_EQ(Json::parse(run_executable({"stats", url_, "--json"}).out)["loads_under_way"], 1);
  // A purge between the read and the fill: the value that was read before must not be stored after it.
  EXPECT_EQ(run_executable({"purge", url_, "--key", "slow"}).code, 1);
  go_on.set_value();
  loader.join();
  EXPECT_FALSE(cache_.peek<int>("slow").has_value());
}

TEST_F(Executable, PurgeReachesTagsKeysNamespacesAndAll) {
  std::string red;
  std::string blue;
  std::string nobodys;
  const auto fill = [&] {
    cache_.set("a", 1, tagged({red}));
    cache_.set("b", 1, tagged({blue}));
    cache_.namespaced("cart").set("c", 1);
    cache_.namespaced("cart").namespaced("inner").set("d", 1);
  };
  const auto left = [&] {
    std::string keys;
    for (const char* key : {"a", "b"}) keys += cache_.peek<int>(key).has_value() ? key : "";
    keys += cache_.namespaced("cart").peek<int>("c").has_value() ? "c" : "";
    keys += cache_.namespaced("cart").namespaced("inner").peek<int>("d").has_value() ? "d" : "";
    return keys;
  };
  // Tags that share a slot are invalidated together, and the segment's secret decides which do: these do not.
  const auto name = [&](std::string& tag, const std::string& word, std::string_view left_of_it) {
    for (int i = 0; i < 100; ++i) {
      tag = word + std::to_string(i);
      fill();
      cache_.invalidate_tag(tag);
      if (left() == left_of_it) return;
    }
    FAIL() << "no tag is apart from the others";
  };
  blue = "blue";
  name(red, "red", "bcd");
  name(blue, "blue", "acd");
  name(nobodys, "nobody's ", "abcd");
  struct Case {
    std::vector<std::string> words;
    int code;
    std::string said;
    std::string left;
  };
  const std::vector<Case> cases = {
      {{"--tag", red}, 0, "purged tag " + red + ": ", "bcd"},
      {{"--tag", red, "--tag", blue}, 0, "purged tag " + blue + ": ", "cd"},
      {{"--tag", nobodys}, 0, "purged tag " + nobodys + ": ", "abcd"},
      {{"--key", "a"}, 0, "purged key a\n", "bcd"},
      {{"--key", "a", "--key", "z"}, 0, "key z: nothing is stored", "bcd"},
      {{"--key", "z"}, 1, "key z: nothing is stored", "abcd"},
      {{"--key", "c"}, 1, "key c: nothing is stored", "abcd"},
      {{"--key", "c", "--namespace", "cart"}, 0, "purged key c\n", "abd"},
      {{"--key", "cart\\x00c", "--raw"}, 0, "purged key cart\\\\x00c\n", "abd"},
      {{"--all", "--namespace", "cart", "--yes"}, 0, "purged namespace cart in shared:", "ab"},
      {{"--all", "--namespace", "cart/inner", "--yes"}, 0, "purged namespace cart/inner in", "abc"},
      {{"--all", "--yes"}, 0, "purged everything in shared:", ""},
  };
  for (const Case& c : cases) {
    fill();
    std::vector<std::string> words = {"purge", url_};
    words.insert(words.end(), c.words.begin(), c.words.end());
    const Outcome outcome = run_executable(words);
    EXPECT_EQ(outcome.code, c.code) << outcome.out << outcome.err;
    EXPECT_TRUE(contains(outcome.out, c.said)) << outcome.out;
    EXPECT_EQ(left(), c.left) << outcome.out;
  }
}

TEST_F(Executable, PurgeAllDoesNothingWhereNobodyCanBeAsked) {
  cache_.set("a", 1);
  const Outcome outcome = run_executable({"purge", url_, "--all"}, "y\n");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_TRUE(contains(outcome.err, "--all needs --yes where there is no terminal")) << outcome.err;
  EXPECT_TRUE(cache_.peek<int>("a").has_value());
}

TEST_F(Executable, WrongUsesAreRefusedInOneLine) {
  struct Case {
    std::vector<std::string> words;
    int code;
    std::string_view said;
  };
  const std::string absent = "shared:no-such-" + name_;
  const std::vector<Case> cases = {
      {{}, 2, "a verb is missing"},
      {{"stat", url_}, 2, "did you mean stats?"},
      {{"help", "tip"}, 2, "did you mean top?"},
      {{"help", "a", "b"}, 2, "help takes one verb"},
      {{"stats"}, 2, "stats needs URL: a running segment"},
      {{"stats", url_, "--xml"}, 2, "stats has no option \"--xml\""},
      {{"stats", url_, "--json", "--prometheus"}, 2, "exclude each other"},
      {{"stats", url_, "more"}, 2, "one word too many: \"more\""},
      {{"stats", absent}, 3, "there is no segment; check the name"},
      {{"stats", "memory:"}, 3, "belongs to one process alone"},
      {{"stats", "shop"}, 3, "no scheme; expected "},
      {{"stats", "redis://x"}, 3, "unknown scheme"},
      {{"stats", "shared:a/b"}, 3, "the name may hold"},
      {{"stats", "file:/etc/passwd"}, 3, "cannot open file:/etc/passwd"},
      {{"stats", url_ + "?sise=1GiB"}, 3, "unknown parameter \"sise\""},
      {{"stats", "file:/tmp/a\nb"}, 3, "there is no segment"},
      {{"explain", url_}, 2, "explain needs KEY"},
      {{"explain", url_, ""}, 2, "the key is empty"},
      {{"explain", url_, std::string(70'000, 'k')}, 2, "the key is longer than 64 KiB"},
      {{"explain", url_, "k", "--namespace", "a@b"}, 2, "namespace \"a@b\": it holds '@'"},
      {{"explain", url_, "k", "--namespace", "a//b"}, 2, "it is empty"},
      {{"explain", url_, "k", "--raw", "--version", "2"}, 2, "leave --namespace and --version out"},
      {{"explain", url_, "k\\q", "--raw"}, 2, "write \\xNN for a byte"},
      {{"explain", url_, "k\\x1", "--raw"}, 2, "write \\xNN for a byte"},
      {{"purge", url_}, 2, "purge what? give --tag, --key, --url, --prefix or --all"},
      {{"purge", url_, "--all", "--yes", "--tag", "t"}, 2, "--all takes no --tag"},
      {{"purge", url_, "--tag", "t", "--yes"}, 2, "--yes is for --all"},
      {{"purge", url_, "--tag", ""}, 2, "the tag is empty"},
      {{"purge", url_, "--tag", std::string(5000, 't')}, 2, "longer than 4 KiB"},
      {{"purge", url_, "--tag"}, 2, "--tag needs a value: --tag T"},
      {{"purge", url_, "--tag", "t", "--namespace", "n"}, 2, "a tag belongs to all namespaces"},
      {{"purge", url_, "--all", "--yes", "--version", "v"}, 2, "--all purges all versions"},
      {{"purge", url_, "--all", "--yes", "--namespace", "a@"}, 2, "it holds '@'"},
      {{"purge", url_, "--all", "--yes", "--namespace", ""}, 2, "--namespace is empty"},
      {{"explain", url_, "k", "--version="}, 2, "--version is empty"},
      {{"purge", url_, "--url", "/page"}, 2, "is no http URL of a response"},
      {{"purge", url_, "--prefix", "http://a/b"}, 2, "does not end with a slash"},
      {{"explain", url_, "http://user@a/"}, 2, "is no http URL of a response"},
      {{"proxy"}, 2, "--origin is missing"},
      {{"proxy", "--origin", "localhost:1"}, 3, "does not begin with http://"},
      {{"proxy", "--origin", "http://localhost/x"}, 3, "has a path"},
      {{"proxy", "--origin", "http://127.0.0.1:1", "--listen", "here"}, 3, "listen: \"here\" is no address"},
      {{"proxy", "--origin", "http://127.0.0.1:1", "--profile", "fast"}, 3, "there are safe and rfc"},
      {{"proxy", "--origin", "http://127.0.0.1:1", "--threads", "x"}, 2, "--threads takes a number"},
      {{"proxy", "--origin", "http://127.0.0.1:1", "--admin", "0.0.0.0:1"}, 3, "can be reached from outside"},
      {{"proxy", "--origin", "http://127.0.0.1:1", "--admin", "127.0.0.1:1"}, 3, "give a token"},
      {{"purge", absent, "--all", "--yes"}, 3, "there is no segment"},
      {{"top", url_, "--interval", "soon"}, 2, "--interval: duration \"soon\""},
      {{"top", url_, "--interval", "1ms"}, 2, "it may be 100ms to 1h"},
      {{"top", absent, "--once"}, 3, "there is no segment"},
  };
  for (const Case& c : cases) {
    const Outcome outcome = run_executable(c.words);
    std::string line = "freshet";
    for (const std::string& word : c.words) line += ' ' + word.substr(0, 60);
    EXPECT_EQ(outcome.code, c.code) << line;
    EXPECT_EQ(outcome.out, "") << line;
    EXPECT_TRUE(contains(outcome.err, c.said)) << line << '\n' << outcome.err;
    EXPECT_TRUE(outcome.err.starts_with("freshet: ")) << outcome.err;
    EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  }
  EXPECT_FALSE(std::filesystem::exists("/dev/shm/freshet.no-such-" + name_)) << "looking creates nothing";
}

TEST_F(Executable, ADamagedSegmentIsRefusedWithTheMend) {
  const std::string path = std::filesystem::temp_directory_path() / name_;
  std::ofstream(path) << std::string(1 << 20, 'x');
  ::chmod(path.c_str(), 0600);
  const Outcome outcome = run_executable({"stats", "file:" + path});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_TRUE(contains(outcome.err,
                       "it is not a Freshet segment; choose another path; or, if nothing needs it any more, remove it"))
      << outcome.err;
  std::filesystem::remove(path);
}

TEST_F(Executable, OutputThatCannotBeWrittenIsNoSuccess) {
  const Outcome outcome = run_executable_into("/dev/full", {"stats", url_});
  EXPECT_EQ(outcome.code, 4);
  EXPECT_TRUE(contains(outcome.err, "freshet: cannot write the output: No space left")) << outcome.err;
}

TEST_F(Executable, AnApplicationsUrlNeitherResizesNorEmptiesTheSegment) {
  cache_.set("a", 1);
  EXPECT_EQ(run_executable({"explain", url_ + "?size=64MiB", "a"}).code, 0);
  EXPECT_EQ(cache_.stats().size_bytes, 4U << 20);
}

TEST(ExecutableHelp, EveryVerbExplainsItselfInEitherForm) {
  const Outcome all = run_executable({"help"});
  EXPECT_EQ(all.code, 0);
  EXPECT_EQ(all.out, run_executable({"--help"}).out);
  for (const std::string verb : {"stats", "explain", "purge", "top", "replay"}) {
    EXPECT_TRUE(contains(all.out, "\n  " + verb)) << all.out;
    const Outcome one = run_executable({"help", verb});
    EXPECT_EQ(one.code, 0);
    EXPECT_EQ(one.out, run_executable({verb, "--help"}).out);
    for (const std::string_view part : {"usage: freshet ", "arguments:", "options:", "exit codes:", "examples:"}) {
      EXPECT_TRUE(contains(one.out, part)) << one.out;
    }
  }
  EXPECT_TRUE(run_executable({"--version"}).out.starts_with("freshet 0."));
}

}  // namespace
}  // namespace freshet::tools
