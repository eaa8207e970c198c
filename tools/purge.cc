// `freshet purge`: makes entries unreachable, by key, by tag, by namespace, or all of them.
//
// A tag, a namespace and the whole cache are invalidated by a generation, in one step and without a look at any entry:
// how many entries it reached is known to nobody, so nothing is said about it.
#include "exit_code.h"
#include "figures.h"
#include "key_scope.h"
#include "printable.h"
#include "verbs.h"

#include <freshet/attach.h>
#include <freshet/cache.h>
#include <freshet/error.h>
#include <freshet/responses.h>

#include <cstdio>
#include <fmt/format.h>
#include <unistd.h>
#include <vector>

namespace freshet::tools {
namespace {

void check(const Arguments& arguments) {
  const bool all = arguments.has("--all");
  const bool keys = arguments.has("--key");
  const bool tags = arguments.has("--tag");
  const bool responses = arguments.has("--url") || arguments.has("--prefix");
  if (!all && !keys && !tags && !responses) {
    throw UsageError("purge what? give --tag, --key, --url, --prefix or --all");
  }
  if (all && (keys || tags || responses)) {
    throw UsageError("--all takes no --tag, --key, --url and --prefix: it purges them too");
  }
  if (arguments.has("--yes") && !all) throw UsageError("--yes is for --all, which alone asks");
  if (arguments.has("--raw") && !keys) throw UsageError("--raw is for --key");
  if (arguments.has("--version") && !keys) {
    throw UsageError(all ? "--all purges all versions; leave --version out" : "a tag has no version; leave it out");
  }
  if (arguments.has("--namespace") && !keys && !all) {
    throw UsageError("a tag belongs to all namespaces; leave --namespace out");
  }
  for (const std::string& tag : arguments.values("--tag")) {
    if (tag.empty()) throw UsageError("the tag is empty");
    if (tag.size() > kMaxTagNamesBytes) throw UsageError("the tag is longer than 4 KiB, which no entry's can be");
  }
}

// What a proxy has stored. A URL that is none is a mistake on the command line.
ExitCode purge_responses(const Arguments& arguments, Store& store) {
  ExitCode code = ExitCode::nothing;
  try {
    for (const std::string& url : arguments.values("--url")) {
      const Purged purged = purge_url(store, url);
      if (purged.reason == Reason::erased) {
        print(fmt::format("purged {}: {} {}\n", printable(url), purged.responses,
                          purged.responses == 1 ? "response" : "responses"));
        code = ExitCode::ok;
      } else {
        print(fmt::format("{}: nothing is stored; a fetch under way will not be stored either\n", printable(url)));
      }
    }
    for (const std::string& prefix : arguments.values("--prefix")) {
      purge_prefix(store, prefix);
      print(fmt::format("purged {}: no response below it that was fetched before is served any more\n",
                        printable(prefix)));
      code = ExitCode::ok;
    }
  } catch (const ConfigError& error) {
    throw UsageError(error.what());
  }
  return code;
}

bool confirmed(const Stats& stats, std::string_view what) {
  if (isatty(STDIN_FILENO) == 0) throw UsageError("--all needs --yes where there is no terminal to ask at");
  fmt::print(stderr, "Purge {}, with {} entries in all and {} other processes attached? [y/N] ", what,
             with_commas(stats.entries), stats.processes - 1);
  const int answer = std::getchar();
  for (int c = answer; c != '\n' && c != EOF;) c = std::getchar();
  if (answer == EOF) fmt::print(stderr, "\n");
  return answer == 'y' || answer == 'Y';
}

Cache namespaced(Cache cache, std::string_view path) {
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    cache = cache.namespaced(path.substr(0, slash));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  }
  return cache;
}

ExitCode purge_all(const Arguments& arguments, const std::shared_ptr<Store>& store) {
  const std::string_view name_space = arguments.value("--namespace");
  const std::string what =
      name_space.empty() ? "everything in " + printable(arguments.operand(0))
                         : fmt::format("namespace {} in {}", printable(name_space), printable(arguments.operand(0)));
  if (!arguments.has("--yes") && !confirmed(store->stats(), what)) {
    print("nothing purged\n");
    return ExitCode::nothing;
  }
  namespaced(open(store), name_space).clear();
  print("purged " + what + ": nothing stored before is served any more\n");
  return ExitCode::ok;
}

ExitCode run_purge(const Arguments& arguments) {
  check(arguments);
  std::vector<std::string> stored_keys;
  for (const std::string& key : arguments.values("--key")) stored_keys.push_back(key_in_store(arguments, key));
  // A wrong namespace is told before anything happens.
  if (arguments.has("--namespace")) key_in_store(arguments, "any");

  const auto store = attach(arguments.operand(0));
  if (arguments.has("--all")) return purge_all(arguments, store);

  ExitCode code = purge_responses(arguments, *store);
  const Cache cache = open(store);
  for (const std::string& tag : arguments.values("--tag")) {
    cache.invalidate_tag(tag);
    print(fmt::format("purged tag {}: no entry with it that was read before is served any more\n", printable(tag)));
    code = ExitCode::ok;
  }
  for (std::size_t i = 0; i < stored_keys.size(); ++i) {
    const Reason reason = store->erase(stored_keys[i]);
    store->count(reason);
    const std::string key = printable(arguments.values("--key")[i]);
    if (reason == Reason::erased) {
      print(fmt::format("purged key {}\n", key));
      code = ExitCode::ok;
    } else {
      print(fmt::format("key {}: nothing is stored; a load under way will not be stored either\n", key));
    }
  }
  return code;
}

constexpr Operand kOperands[] = {kUrlOperand};
constexpr Flag kFlags[] = {{"--tag", "T", "every entry with this tag, in all namespaces and versions", {}, true},
                           {"--key", "K", "this key", {}, true},
                           {"--url", "U", "what a proxy has for http://HOST/PATH, all variants", {}, true},
                           {"--prefix", "P", "what a proxy has below http://HOST/PATH/", {}, true},
                           {"--all", "", "everything; with --namespace, everything in it and in those within it"},
                           kNamespaceFlag,
                           kVersionFlag,
                           kRawFlag,
                           {"--yes", "", "do not ask before --all"}};
constexpr std::string_view kExamples[] = {"freshet purge shared:shop --tag product:42 --tag prices",
                                          "freshet purge shared:shop --key 7 --namespace cart",
                                          "freshet purge shared:site --url http://shop.example/product/42",
                                          "freshet purge shared:shop --all --namespace cart --yes"};

}  // namespace

const Verb kPurgeVerb = {
    "purge",
    "makes entries unreachable at once: by tag, by key, or all",
    "URL {--tag T ... | --key K ... [--namespace NS] [--version V] [--raw] | --url U ... | --prefix P ... | --all "
    "[--namespace NS] [--yes]}",
    "Costs the same for one entry or a million: a tag, a namespace and everything are invalidated by a number, and "
    "their "
    "memory comes back as it is needed. Loads under way that read before the purge are not stored. With several keys, "
    "the exit code is 0 when one of them was there.",
    kOperands,
    kFlags,
    kExamples,
    run_purge};

}  // namespace freshet::tools
