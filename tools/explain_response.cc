#include "explain_response.h"

#include "figures.h"
#include "json_writer.h"
#include "printable.h"

#include <algorithm>
#include <fmt/format.h>

namespace freshet::tools {
namespace {

bool is_there(const StoredResponse& one) { return one.entry.fetch.found && one.readable; }

std::string state_of(const StoredResponse& one, Instant now) {
  if (!one.entry.fetch.found) return "not found";
  if (!one.readable) return "unreadable";
  return now < one.fresh_until ? "fresh" : "stale";
}

// One line of many pieces, for what is set.
std::string rules_of(const StoredResponse& one) {
  std::string out;
  const auto add = [&out](const std::string& piece) { out += (out.empty() ? "" : ", ") + piece; };
  if (one.no_cache) add("validated before each use (no-cache)");
  if (one.must_revalidate) add("never served stale (must-revalidate)");
  if (one.stale_while_revalidate) add("stale while revalidating for " + span_text(*one.stale_while_revalidate));
  if (one.stale_if_error) add("stale on error for " + span_text(*one.stale_if_error));
  if (one.heuristic) add("its freshness is assumed from Last-Modified");
  return out;
}

std::string tags_of(const StoredResponse& one) {
  std::string out;
  for (const std::string& tag : one.entry.tags) {
    if (!tag.starts_with('\x01')) out += (out.empty() ? "" : "  ") + printable(tag);
  }
  return out;
}

std::string variant_of(const StoredResponse& one) {
  std::string out = printable(one.selected_by);
  // printable() shows the line breaks between the fields as bytes.
  for (std::size_t at = out.find("\\x0a"); at != std::string::npos; at = out.find("\\x0a")) out.replace(at, 4, "  ");
  return out;
}

}  // namespace

std::string text_of(const StoredResponses& all, Instant now) {
  std::string out;
  const auto line = [&out](std::string_view term, std::string_view text) {
    out += fmt::format("{:<12} {}\n", term, text);
  };
  line("url", printable(all.key));
  if (all.responses.empty()) {
    line("found", fmt::format("no ({}: {})", name(all.url.fetch.reason), meaning(all.url.fetch.reason)));
  } else if (all.varies) {
    line("variants", std::to_string(all.responses.size()));
  }
  for (const StoredResponse& one : all.responses) {
    if (all.varies) out += '\n', line("variant", variant_of(one));
    const std::string state = state_of(one, now);
    line("found", is_there(one)
                      ? "yes, " + state
                      : fmt::format("no ({}: {})", name(one.entry.fetch.reason), meaning(one.entry.fetch.reason)));
    if (!is_there(one)) continue;
    line("response", fmt::format("{}, {} of body{}", one.status, size_text(one.body_bytes),
                                 one.etag.empty() ? "" : ", ETag " + printable(one.etag)));
    line("age", span_text(one.age));
    line("fresh", now < one.fresh_until
                      ? fmt::format("for {}, until {}", span_text(one.fresh_until - now), instant_text(one.fresh_until))
                      : fmt::format("no more, since {} ago ({})", span_text(now - one.fresh_until),
                                    instant_text(one.fresh_until)));
    if (const std::string rules = rules_of(one); !rules.empty()) line("rules", rules);
    const std::string tags = tags_of(one);
    line("tags", tags.empty() ? "none" : tags);
    line("hits", fmt::format("at least {}", one.entry.hits_at_least));
  }
  const bool loading = all.url.loading || std::any_of(all.responses.begin(), all.responses.end(),
                                                      [](const StoredResponse& one) { return one.entry.loading; });
  if (all.varies) out += '\n';
  line("loading now", loading ? "yes" : "no");
  if (all.url.last_miss) {
    line("last miss", fmt::format("{} ago: {} ({})", span_text(now - all.url.last_miss_at), name(*all.url.last_miss),
                                  meaning(*all.url.last_miss)));
  } else {
    line("last miss", "none remembered");
  }
  return out;
}

std::string json_of(const StoredResponses& all, Instant now) {
  JsonWriter json;
  json.begin_object();
  json.key("url").string(printable(all.key));
  json.key("now_us").number(now.time_since_epoch().count());
  json.key("varies").boolean(all.varies);
  json.key("reason").string(name(all.url.fetch.reason));
  json.key("responses").begin_array();
  for (const StoredResponse& one : all.responses) {
    json.begin_object();
    json.key("selected_by").string(variant_of(one));
    json.key("state").string(state_of(one, now));
    json.key("reason").string(name(one.entry.fetch.reason));
    if (is_there(one)) {
      json.key("status").number(one.status);
      json.key("etag").string(printable(one.etag));
      json.key("body_bytes").number(one.body_bytes);
      json.key("age_s").number(std::chrono::floor<std::chrono::seconds>(one.age).count());
      json.key("fresh_until_us").number(one.fresh_until.time_since_epoch().count());
      json.key("no_cache").boolean(one.no_cache);
      json.key("must_revalidate").boolean(one.must_revalidate);
      json.key("heuristic").boolean(one.heuristic);
      json.key("tags").begin_array();
      for (const std::string& tag : one.entry.tags) {
        if (!tag.starts_with('\x01')) json.string(printable(tag));
      }
      json.end_array();
      json.key("hits_at_least").number(one.entry.hits_at_least);
    }
    json.end_object();
  }
  json.end_array();
  json.key("last_miss");
  if (all.url.last_miss) {
    json.string(name(*all.url.last_miss));
  } else {
    json.null();
  }
  json.end_object();
  return json.take();
}

}  // namespace freshet::tools
