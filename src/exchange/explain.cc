// What is stored for a URL, for people.
#include "exchange/response_store.h"
#include "exchange/url_key.h"
#include "http/freshness.h"

#include <freshet/cache.h>
#include <freshet/responses.h>

namespace freshet {
namespace {

StoredResponse explained(Store& store, const std::string& key, std::string_view selecting, Instant now) {
  StoredResponse out;
  out.selected_by = http::trim(selecting);
  while (out.selected_by.starts_with('\n')) out.selected_by.erase(0, 1);
  out.entry = store.explain(key, now);
  std::string bytes;
  if (!store.get(key, now, bytes).found) return out;
  const auto head = http::StoredHead::view(bytes);
  if (!head) return out;
  const http::Facts& facts = head->facts();
  out.readable = true;
  out.status = facts.status;
  out.etag = head->etag();
  out.age = http::current_age(facts.initial_age, facts.response_at, now);
  out.fresh_until = facts.fresh_until();
  if (facts.stale_while_revalidate) out.stale_while_revalidate = *facts.stale_while_revalidate;
  if (facts.stale_if_error) out.stale_if_error = *facts.stale_if_error;
  out.no_cache = facts.no_cache;
  out.must_revalidate = facts.must_revalidate;
  out.heuristic = facts.heuristic;
  out.body_bytes = facts.part.bytes;
  return out;
}

}  // namespace

StoredResponses explain_url(Store& store, std::string_view url, Instant now) {
  StoredResponses out;
  out.key = exchange::key_of_url(url);
  const std::string stored = stored_key(kResponsesNamespace, "", out.key);
  out.url = store.explain(stored, now);
  std::string bytes;
  const Fetch fetch = store.get(stored, now, bytes);
  const auto list = fetch.found ? http::VariantList::view(bytes) : std::nullopt;
  if (!list) {
    if (fetch.found) out.responses.push_back(explained(store, stored, "", now));
    return out;
  }
  out.varies = true;
  list->each([&](const http::Variant& variant) {
    std::string key;
    exchange::append_entry_key(key, stored, fetch.meta.content, variant.selecting);
    out.responses.push_back(explained(store, key, variant.selecting, now));
  });
  return out;
}

}  // namespace freshet
