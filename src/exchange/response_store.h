// HTTP responses in a Store: which entries a URL has, how a request finds its own, and how a response gets in without
// ever outliving what was taken out meanwhile.
//
//   http \0 URL                               the response; or, where responses have Vary, the list of variants
//   http \0 URL \n BIRTH \n accept-encoding=gzip   one variant of it
//
// A list is born with a random number, which stands in its variants' keys. So whoever erases the URL's one entry takes
// away all variants at once, those included whose fetch is under way: they will be stored under a number that no list
// has any more, and nobody finds them.
#pragma once

#include "http/keep.h"
#include "http/variants.h"

#include <freshet/engine.h>
#include <freshet/store.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::exchange {

/// Where a request's answer is stored, or would be, as one look saw it.
struct Place {
  std::string url_key;      ///< as the store has it, with its namespace
  std::string entry_key;    ///< of the response itself: equal to url_key, unless there is a list
  std::uint32_t birth = 0;  ///< of the list; 0: there is none
  std::uint64_t list_version = 0;
  std::uint64_t entry_version = 0;  ///< 0: nothing was found there
  /// The store's invalidation sequence of before the look.
  std::uint64_t sequence = 0;
};

/// A response as it was found. The views end with the next look or the object.
struct Found {
  /// hit, or why there is nothing: miss_absent, miss_variant, miss_bad_head, miss_invalidated ...
  Reason reason = Reason::miss_absent;
  /// Head and body; of a body in place the head alone.
  std::string bytes;
  std::optional<http::StoredHead> head;
  /// The body, in order.
  std::vector<std::string_view> pieces;
  /// Holds the pieces where they lie in the store; null: they are in `bytes`.
  std::unique_ptr<PinnedValue> pinned;

  /// Of a body that is not in place.
  std::string_view body() const noexcept { return std::string_view(bytes).substr(head->head_bytes()); }
  /// Takes a copy of a body in place, and lets go of the store's memory. The head's views are then of the copy.
  void copy();
  explicit operator bool() const noexcept { return head.has_value(); }
};

/// The key of one variant: that of its URL, the list's number, and the text that selects it.
void append_entry_key(std::string& out, std::string_view url_key, std::uint32_t birth, std::string_view selecting);

/// A response to be stored.
struct Fill {
  std::string_view head;  ///< encoded; its part says how many bytes of body there are
  std::string_view body;
  Instant keep_until{};
  Duration load_cost{};
  std::span<const std::string> tags;
};

/// Threads: every member from any thread. Errors: a Reason; nothing throws after construction but std::bad_alloc.
class ResponseStore {
 public:
  /// `name_space` stands before every key, and clears them all: "http".
  ResponseStore(std::shared_ptr<Store> store, const std::string& name_space);

  Store& store() const noexcept { return *store_; }

  /// `url_key` is what http::append_key() makes. Responses of more than `copy_at_most` bytes stay where they lie, if
  /// the store can do that. Cost: one lookup, two where there are variants; no allocation once the buffers of `place`
  /// and `found` have grown.
  void look(std::string_view url_key, http::Fields request, const http::Rules& rules, Instant now, Place& place,
            Found& found, std::size_t copy_at_most = kCopyAlways) const;
  static constexpr std::size_t kCopyAlways = static_cast<std::size_t>(-1);

  /// Stores under `lease`, which was granted for `place.entry_key` and ends here; or, without one, only if what `look`
  /// saw is still there. `request` is what was sent to the origin. Returns stored, or a refused_* reason.
  Reason put(const Place& place, const http::Request& request, const http::Rules& rules, const Fill& fill,
             const Lease& lease, Instant now) const;

  /// How many responses are stored for a URL: one for each variant.
  std::size_t count(std::string_view url_key, Instant now) const;

  /// Takes the URL's response out, with all its variants, and fences what is on its way. erased or refused_absent.
  Reason erase(std::string_view url_key) const;

 private:
  static bool select(const http::VariantList& list, http::Fields request, const http::Rules& rules, Place& place);
  Reason put_plain(const Place& place, const PutRequest& value, const Lease& lease) const;
  Reason put_variant(const Place& place, const PutRequest& value, const http::Variant& variant, const Lease& lease,
                     const http::Rules& rules, Instant now) const;
  Reason put_first_variant(const Place& place, PutRequest value, const http::Variant& variant, const Lease& lease,
                           const http::Rules& rules) const;
  Reason add_to_list(const Place& place, const Meta& meta, const http::Variant& variant, const http::Rules& rules,
                     Instant now) const;

  std::shared_ptr<Store> store_;
  std::shared_ptr<const detail::Scope> scope_;
};

}  // namespace freshet::exchange
