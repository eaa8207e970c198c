// `freshet explain`: all that the store knows of one key, and why the last lookup that missed did so.
#include "exit_code.h"
#include "explain_response.h"
#include "figures.h"
#include "json_writer.h"
#include "key_scope.h"
#include "printable.h"
#include "verbs.h"

#include <freshet/attach.h>
#include <freshet/describe_content.h>
#include <freshet/error.h>

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace freshet::tools {
namespace {

struct Subject {
  std::string key;  // as given, printable
  std::string stored_key;
  Instant now;
  Explanation found;

  const Meta& meta() const { return found.fetch.meta; }
  bool in_memory() const { return !found.queue.empty(); }
  bool fresh() const { return found.fetch.found && now < meta().fresh_until; }
  // What a get() would be told: the store itself does not tell fresh from stale.
  Reason reason() const { return found.fetch.found && !fresh() ? Reason::miss_expired : found.fetch.reason; }
  std::string_view state() const { return fresh() ? "fresh" : found.fetch.found ? "stale" : "not found"; }
};

std::string until_text(Instant until, Instant now) {
  if (until == kNever) return "for ever";
  if (until > now) return fmt::format("for {}, until {}", span_text(until - now), instant_text(until));
  return fmt::format("no more, since {} ago ({})", span_text(now - until), instant_text(until));
}

std::string text_of(const Subject& subject, bool scoped) {
  const Explanation& found = subject.found;
  const Meta& meta = subject.meta();
  std::string out;
  const auto line = [&out](std::string_view term, std::string_view text) {
    out += fmt::format("{:<12} {}\n", term, text);
  };
  line("key", subject.key);
  line("stored key", printable(subject.stored_key));
  std::string found_text = fmt::format("{} ({}: {})",
                                       subject.fresh()     ? "yes, fresh"
                                       : found.fetch.found ? "yes, stale; a lookup misses"
                                                           : "no",
                                       name(subject.reason()), meaning(subject.reason()));
  line("found", found_text);
  if (subject.in_memory()) {
    line("age", fmt::format("{}, stored {}", span_text(subject.now - meta.stored_at), instant_text(meta.stored_at)));
    line("fresh", until_text(meta.fresh_until, subject.now));
    line("stale", meta.keep_until > meta.fresh_until ? "may serve " + until_text(meta.keep_until, subject.now)
                                                     : std::string("never served"));
    line("size", fmt::format("{} of value, {} of key", size_text(found.value_bytes), size_text(found.key_bytes)));
    line("content", describe_content(meta.content));
    line("load cost", meta.load_cost > Duration::zero() ? span_text(meta.load_cost) : "unknown");
    std::string tags;
    for (const std::string& tag : found.tags) tags += (tags.empty() ? "" : "  ") + printable(tag);
    line("tags", tags.empty() ? "none" : tags);
    line("hits", fmt::format("at least {}", found.hits_at_least));
    line("queue", found.queue);
  }
  line("loading now", found.loading ? "yes" : "no");
  if (found.last_miss) {
    line("last miss", fmt::format("{} ago: {} ({})", span_text(subject.now - found.last_miss_at),
                                  name(*found.last_miss), meaning(*found.last_miss)));
  } else {
    line("last miss", "none remembered");
  }
  if (!subject.in_memory() && !scoped) {
    line("hint", "namespace and version are part of a key: see --namespace and --version");
  }
  return out;
}

std::string json_of(const Subject& subject) {
  const Explanation& found = subject.found;
  const Meta& meta = subject.meta();
  JsonWriter json;
  const auto instant = [&json](std::string_view key, Instant at, bool known) {
    json.key(key);
    known&& at != kNever ? json.number(at.time_since_epoch().count()) : json.null();
  };
  const bool known = subject.in_memory();
  json.begin_object();
  json.key("key").string(subject.key);
  json.key("stored_key").string(printable(subject.stored_key));
  json.key("found").boolean(found.fetch.found);
  json.key("state").string(subject.state());
  json.key("reason").string(name(subject.reason()));
  json.key("meaning").string(meaning(subject.reason()));
  json.key("now_us").number(subject.now.time_since_epoch().count());
  json.key("in_memory").boolean(known);
  instant("stored_at_us", meta.stored_at, known);
  instant("fresh_until_us", meta.fresh_until, known);
  instant("keep_until_us", meta.keep_until, known);
  json.key("load_cost_us").number(meta.load_cost.count());
  json.key("key_bytes").number(found.key_bytes);
  json.key("value_bytes").number(found.value_bytes);
  json.key("content");
  known ? json.string(describe_content(meta.content)) : json.null();
  json.key("tags").begin_array();
  for (const std::string& tag : found.tags) json.string(printable(tag));
  json.end_array();
  json.key("hits_at_least").number(found.hits_at_least);
  json.key("queue");
  known ? json.string(found.queue) : json.null();
  json.key("loading").boolean(found.loading);
  json.key("last_miss");
  if (found.last_miss) {
    json.begin_object();
    json.key("reason").string(name(*found.last_miss));
    json.key("meaning").string(meaning(*found.last_miss));
    json.key("at_us").number(found.last_miss_at.time_since_epoch().count());
    json.end_object();
  } else {
    json.null();
  }
  json.end_object();
  return json.take();
}

ExitCode explain_response(const Arguments& arguments, std::string_view url) {
  const auto store = attach(arguments.operand(0));
  const Instant now = system_clock()->now();
  StoredResponses all;
  try {
    all = explain_url(*store, url, now);
  } catch (const ConfigError& error) {
    throw UsageError(error.what());
  }
  print(arguments.has("--json") ? tools::json_of(all, now) : tools::text_of(all, now));
  const bool found = std::any_of(all.responses.begin(), all.responses.end(),
                                 [](const StoredResponse& one) { return one.entry.fetch.found; });
  return found ? ExitCode::ok : ExitCode::nothing;
}

ExitCode run_explain(const Arguments& arguments) {
  const std::string_view key = arguments.operand(1);
  if (is_url(key) && !arguments.has("--namespace") && !arguments.has("--version") && !arguments.has("--raw")) {
    return explain_response(arguments, key);
  }
  Subject subject{printable(key), key_in_store(arguments, key), {}, {}};
  const auto store = attach(arguments.operand(0));
  subject.now = system_clock()->now();
  subject.found = store->explain(subject.stored_key, subject.now);
  // The cache's own tags, by which a namespace is cleared.
  std::erase_if(subject.found.tags, [](const std::string& tag) { return tag.starts_with('\x01'); });
  const bool scoped = arguments.has("--namespace") || arguments.has("--version") || arguments.has("--raw");
  print(arguments.has("--json") ? json_of(subject) : text_of(subject, scoped));
  return subject.found.fetch.found ? ExitCode::ok : ExitCode::nothing;
}

constexpr Operand kOperands[] = {
    kUrlOperand, {"KEY", "the key as the application names it; http://HOST/PATH is what a proxy has for that URL"}};
constexpr Flag kFlags[] = {
    kNamespaceFlag,
    kVersionFlag,
    kRawFlag,
    {"--json", "", "as JSON; instants in microseconds since 1970, null for never and for unknown"}};
constexpr std::string_view kExamples[] = {
    "freshet explain shared:shop product:42", "freshet explain shared:shop 7 --namespace cart --version 2024-06",
    "freshet explain shared:site http://shop.example/product/42",
    "freshet explain shared:shop --raw 'cart@2024-06\\x007' --json", "freshet explain shared:shop -- -17"};

}  // namespace

const Verb kExplainVerb = {
    "explain",
    "tells what is stored under a key, until when, and why the last lookup missed",
    "URL KEY [--namespace NS] [--version V] [--raw] [--json]",
    "A stale entry counts as found: it may still stand in where the options of the call allow it. Binary bytes in keys "
    "and tags are shown as \\xNN. Takes the lock of the key's shard for some microseconds.",
    kOperands,
    kFlags,
    kExamples,
    run_explain};

}  // namespace freshet::tools
