#include "exchange/response_store.h"

#include "exchange/url_prefixes.h"
#include "http/vary.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <random>

namespace freshet::exchange {
namespace {

// Under contention about one list, each loser has seen another's variant go in.
constexpr int kMostListTries = 16;

std::uint32_t new_birth() {
  thread_local std::mt19937 random{std::random_device()()};
  return std::max<std::uint32_t>(1, static_cast<std::uint32_t>(random()));
}

std::span<const std::byte> bytes_of(std::string_view text) { return std::as_bytes(std::span(text)); }

}  // namespace

void append_entry_key(std::string& out, std::string_view url_key, std::uint32_t birth, std::string_view selecting) {
  std::array<char, 8> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), birth, 16).ptr;
  out.append(url_key).append(1, '\n').append(digits.begin(), end);
  out.append(selecting);  // begins with a line break
}

ResponseStore::ResponseStore(std::shared_ptr<Store> store, const std::string& name_space)
    : store_(std::move(store)), scope_(detail::make_scope(name_space, "")) {}

void Found::copy() {
  if (!pinned) return;
  for (const std::string_view piece : pieces) bytes.append(piece);
  head = http::StoredHead::view(bytes);
  pieces.assign(1, body());
  pinned.reset();
}

namespace {

// Puts the head of a value in place together, and notes where its body lies. False when it is no response.
bool take_in_place(std::unique_ptr<PinnedValue> value, Found& found) {
  found.bytes.clear();
  found.pieces.clear();
  std::size_t wanted = http::kHeadPrefixBytes;
  bool knows_size = false;
  for (const std::span<const std::byte> piece : value->pieces()) {
    std::string_view rest(reinterpret_cast<const char*>(piece.data()), piece.size());
    while (!rest.empty()) {
      if (found.bytes.size() == wanted && knows_size) {
        found.pieces.push_back(rest);
        break;
      }
      const std::string_view taken = rest.substr(0, wanted - found.bytes.size());
      found.bytes.append(taken);
      rest.remove_prefix(taken.size());
      if (found.bytes.size() < wanted || knows_size) continue;
      const auto head_bytes = http::head_bytes_of(found.bytes);
      if (!head_bytes || *head_bytes < wanted) return false;
      wanted = *head_bytes;
      knows_size = true;
    }
  }
  found.head = http::StoredHead::view(found.bytes);
  found.pinned = std::move(value);
  return found.head.has_value();
}

}  // namespace

void ResponseStore::look(std::string_view url_key, http::Fields request, const http::Rules& rules, Instant now,
                         Place& place, Found& found, std::size_t copy_at_most) const {
  place.sequence = store_->sequence();
  place.url_key.assign(scope_->prefix).append(url_key);
  place.entry_key = place.url_key;
  place.birth = 0;
  place.list_version = 0;
  place.entry_version = 0;
  found.head.reset();
  found.pinned.reset();
  found.pieces.clear();
  Fetch fetch;
  std::unique_ptr<PinnedValue> pinned = store_->get_or_pin(place.url_key, now, copy_at_most, found.bytes, fetch);
  if (fetch.found && !pinned) {
    if (const auto list = http::VariantList::view(found.bytes)) {
      place.birth = fetch.meta.content;
      place.list_version = fetch.meta.version;
      if (!select(*list, request, rules, place)) {
        found.reason = Reason::miss_variant;
        found.bytes.clear();
        return;
      }
      pinned = store_->get_or_pin(place.entry_key, now, copy_at_most, found.bytes, fetch);
    }
  }
  found.reason = fetch.found ? Reason::miss_bad_head : fetch.reason;
  if (!fetch.found) {
    found.bytes.clear();
    return;
  }
  place.entry_version = fetch.meta.version;
  if (pinned) {
    if (!take_in_place(std::move(pinned), found)) return found.head.reset();
  } else {
    found.head = http::StoredHead::view(found.bytes);
    if (!found.head) return;
    found.pieces.assign(1, found.body());
  }
  // The head may be right and the body another's: the entry could come from a file that somebody else wrote.
  std::uint64_t body_bytes = 0;
  for (const std::string_view piece : found.pieces) body_bytes += piece.size();
  if (body_bytes != found.head->facts().part.bytes) return found.head.reset();
  found.reason = Reason::hit;
}

// The entry that answers this request, or under which its answer would be stored.
bool ResponseStore::select(const http::VariantList& list, http::Fields request, const http::Rules& rules,
                           Place& place) {
  thread_local std::string scratch;
  const auto variant = list.select(request, rules, scratch);
  place.entry_key.clear();
  if (variant) {
    append_entry_key(place.entry_key, place.url_key, place.birth, variant->selecting);
    return true;
  }
  // As the newest of those that are there says: whoever waits for the same waits together.
  std::string_view names;
  list.each([&](const http::Variant& row) {
    if (names.empty()) names = row.names;
  });
  std::string selecting;
  http::append_selecting(selecting, names, request, rules);
  append_entry_key(place.entry_key, place.url_key, place.birth, selecting);
  return false;
}

Reason ResponseStore::put(const Place& place, const http::Request& request, const http::Rules& rules, const Fill& fill,
                          const Lease& lease, Instant now) const {
  const auto release = [&](Reason why) {
    if (lease) store_->release(place.entry_key, lease, LoadEnd::not_stored);
    return why;
  };
  const auto head = http::StoredHead::view(fill.head);
  if (!head) return release(Reason::refused_bad_field);
  std::vector<http::Field> fields;
  head->append_fields(fields);
  const auto names = http::vary_names(fields, rules);
  if (!names) return release(Reason::refused_vary);

  std::string value;
  value.reserve(fill.head.size() + fill.body.size());
  value.append(fill.head).append(fill.body);
  std::vector<std::string> tags(scope_->tags);
  append_prefix_tags(tags, std::string_view(place.url_key).substr(scope_->prefix.size()));
  tags.insert(tags.end(), fill.tags.begin(), fill.tags.end());

  PutRequest put;
  put.value = bytes_of(value);
  put.tags = tags;
  put.meta.stored_at = now;
  put.meta.fresh_until = std::min(head->facts().fresh_until(), fill.keep_until);
  put.meta.keep_until = fill.keep_until;
  put.meta.load_cost = fill.load_cost;
  put.sequence = lease ? lease.sequence : place.sequence;
  if (names->empty()) return put_plain(place, put, lease);

  std::string selecting;
  if (!http::append_selecting(selecting, *names, request.fields, rules)) return release(Reason::refused_vary);
  const http::Variant variant{*names, selecting, http::sole_language(fields, *names), head->facts().date};
  return put_variant(place, put, variant, lease, rules, now);
}

Reason ResponseStore::put_plain(const Place& place, const PutRequest& value, const Lease& lease) const {
  PutRequest put = value;
  put.key = place.url_key;
  if (place.birth == 0) {
    put.lease = lease;
    if (!lease) {
      put.mode = place.entry_version != 0 ? PutMode::if_version : PutMode::add;
      put.meta.version = place.entry_version;
    }
    return store_->put(put);
  }
  // There were variants; now the origin says that there is one answer for all.
  put.mode = PutMode::if_version;
  put.meta.version = place.list_version;
  const Reason reason = store_->put(put);
  if (lease) store_->release(place.entry_key, lease, LoadEnd::superseded);
  return reason;
}

Reason ResponseStore::put_variant(const Place& place, const PutRequest& value, const http::Variant& variant,
                                  const Lease& lease, const http::Rules& rules, Instant now) const {
  if (place.birth == 0) return put_first_variant(place, value, variant, lease, rules);
  std::string key;
  append_entry_key(key, place.url_key, place.birth, variant.selecting);
  PutRequest put = value;
  put.key = key;
  const bool as_expected = key == place.entry_key;
  if (as_expected) {
    put.lease = lease;
    if (!lease && place.entry_version != 0) {
      put.mode = PutMode::if_version;
      put.meta.version = place.entry_version;
    }
  }
  Reason reason = store_->put(put);
  if (reason == Reason::stored) reason = add_to_list(place, put.meta, variant, rules, now);
  // Vary names other fields than it did: whoever waits looks again.
  if (lease && !as_expected) store_->release(place.entry_key, lease, LoadEnd::superseded);
  return reason;
}

Reason ResponseStore::put_first_variant(const Place& place, PutRequest value, const http::Variant& variant,
                                        const Lease& lease, const http::Rules& rules) const {
  std::string list, key;
  std::string_view dropped;
  if (!http::add_variant(list, std::nullopt, variant, rules, dropped)) {
    if (lease) store_->release(place.entry_key, lease, LoadEnd::not_stored);
    return Reason::refused_vary;
  }
  const std::uint32_t birth = new_birth();
  append_entry_key(key, place.url_key, birth, variant.selecting);
  value.key = key;
  const Reason reason = store_->put(value);
  if (reason != Reason::stored) {
    if (lease) store_->release(place.entry_key, lease, LoadEnd::not_stored);
    return reason;
  }
  PutRequest put;
  put.key = place.url_key;
  put.value = bytes_of(list);
  put.tags = scope_->tags;
  put.meta = value.meta;
  put.meta.content = birth;
  put.sequence = value.sequence;
  put.lease = lease;
  if (!lease) {
    put.mode = place.entry_version != 0 ? PutMode::if_version : PutMode::add;
    put.meta.version = place.entry_version;
  }
  return store_->put(put);
}

Reason ResponseStore::add_to_list(const Place& place, const Meta& meta, const http::Variant& variant,
                                  const http::Rules& rules, Instant now) const {
  std::string old, list, key;
  for (int i = 0; i < kMostListTries; ++i) {
    const Fetch fetch = store_->get(place.url_key, now, old);
    const auto view = fetch.found ? http::VariantList::view(old) : std::nullopt;
    if (!view || fetch.meta.content != place.birth) return Reason::refused_key_changed;
    std::string_view dropped;
    list.clear();
    if (!http::add_variant(list, view, variant, rules, dropped)) return Reason::refused_vary;
    PutRequest put;
    put.key = place.url_key;
    put.value = bytes_of(list);
    put.tags = scope_->tags;
    put.meta = meta;
    put.meta.load_cost = {};
    put.meta.fresh_until = std::max(meta.fresh_until, fetch.meta.fresh_until);
    put.meta.keep_until = std::max(meta.keep_until, fetch.meta.keep_until);
    put.meta.content = place.birth;
    put.meta.version = fetch.meta.version;
    put.mode = PutMode::if_version;
    put.sequence = fetch.sequence;
    const Reason reason = store_->put(put);
    if (reason == Reason::refused_version) continue;
    if (reason == Reason::stored && !dropped.empty()) {
      append_entry_key(key, place.url_key, place.birth, dropped);
      store_->erase(key);
    }
    return reason;
  }
  return Reason::refused_key_changed;
}

std::size_t ResponseStore::count(std::string_view url_key, Instant now) const {
  std::string key(scope_->prefix), bytes;
  key.append(url_key);
  const Fetch fetch = store_->get(key, now, bytes);
  if (!fetch.found) return 0;
  const auto list = http::VariantList::view(bytes);
  return list ? list->size() : 1;
}

Reason ResponseStore::erase(std::string_view url_key) const {
  std::string key(scope_->prefix);
  key.append(url_key);
  return store_->erase(key);
}

}  // namespace freshet::exchange
