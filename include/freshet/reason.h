// Why a lookup, a load, a store or an eviction went as it did. One table: the return value, the counter, the event, the
// metric and `freshet explain` all use the word that stands here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freshet {

/// What a Reason is about. `hit` reasons come with a value, `miss` reasons without.
enum class ReasonKind : std::uint8_t { hit, miss, load, store, refuse, remove, trouble };

// clang-format off
// X(name, kind, meaning)
#define FRESHET_REASONS(X)                                                                                             \
  X(hit,                  hit,     "a fresh entry was served")                                                         \
  X(hit_early_refresh,    hit,     "a fresh entry was served and its refresh was started early (XFetch)")              \
  X(hit_coalesced,        hit,     "served what another caller's load had just stored")                                \
  X(stale_revalidating,   hit,     "stale, within stale_while_revalidate; one refresh is under way")                   \
  X(stale_on_error,       hit,     "stale, within stale_if_error, because the load failed")                            \
  X(stale_on_timeout,     hit,     "stale, because the load took longer than soft_timeout or hard_timeout")            \
  X(stale_as_asked,       hit,     "stale, within the max-stale that the request allows")                              \
  X(miss_absent,          miss,    "nothing is stored under this key")                                                 \
  X(miss_evicted,         miss,    "an entry was here and was evicted to make room")                                   \
  X(miss_expired,         miss,    "the entry's ttl has passed")                                                       \
  X(miss_invalidated,     miss,    "one of the entry's tags, its namespace or the whole cache was invalidated")        \
  X(miss_undecodable,     miss,    "the stored bytes are not a valid encoding of the type asked for")                  \
  X(miss_other_shape,     miss,    "the stored value is of another type or of another version of the type")           \
  X(miss_failed_lately,   miss,    "an earlier load failed and that is remembered (error_ttl): nothing was loaded")     \
  X(miss_bad_key,         miss,    "the key is empty or longer than 64 KiB")                                           \
  X(miss_store_failed,    miss,    "the store could not be read")                                                      \
  X(miss_null_store,      miss,    "the Null store keeps nothing")                                                     \
  X(miss_no_cache,        miss,    "stored with no-cache: it must be validated before each use")                       \
  X(miss_as_asked,        miss,    "the request's no-cache, max-age or min-fresh wants a newer answer than the one stored")\
  X(miss_variant,         miss,    "answers are stored, but for other values of the fields that Vary names")           \
  X(miss_range,           miss,    "the part that is stored does not hold the range asked for")                        \
  X(miss_method,          miss,    "answers to this method do not come from the cache")                                \
  X(miss_authorization,   miss,    "the request has Authorization, and the stored answer is not marked as shareable with such")\
  X(miss_only_if_cached,  miss,    "the request said only-if-cached and nothing stored may answer: 504")               \
  X(miss_bad_head,        miss,    "the stored head of the response is damaged, or of another version")                \
  X(loaded,               load,    "the loader ran and its value was returned")                                        \
  X(loaded_not_modified,  load,    "the loader said that the stale value still holds; its ttl starts anew")            \
  X(loaded_unshared,      load,    "the loader ran without a lease (lease table full, or nothing may be stored)")      \
  X(load_failed,          load,    "the loader threw")                                                                 \
  X(load_timed_out,       load,    "the caller stopped waiting at hard_timeout")                                       \
  X(load_taken_over,      load,    "the lease's owner died or overran its deadline; a waiter loads instead")           \
  X(refresh_skipped,      load,    "a background refresh was due but the executor was full")                           \
  X(stored,               store,   "the value was stored")                                                             \
  X(stored_negative,      store,   "a cached nothing (nullopt) was stored with negative_ttl")                          \
  X(stored_error,         store,   "the failure was stored with error_ttl, as asked for")                              \
  X(updated,              store,   "the entry's times were changed in place")                                          \
  X(refused_key_changed,  refuse,  "the key was written or erased after the load began")                               \
  X(refused_invalidated,  refuse,  "a tag, the namespace or the cache was invalidated after the load began")           \
  X(refused_lease_lost,   refuse,  "the lease had passed to another caller")                                           \
  X(refused_by_loader,    refuse,  "the loader said: do not store")                                                    \
  X(refused_unencodable,  refuse,  "the value has no encoding: nested too deep, or a variant without a value")          \
  X(refused_too_large,    refuse,  "the value is larger than a quarter of the capacity")                               \
  X(refused_no_space,     refuse,  "no memory could be freed: everything is pinned by readers")                        \
  X(refused_bad_key,      refuse,  "the key is empty or longer than 64 KiB")                                           \
  X(refused_too_many_tags,refuse,  "more than 40 tags (each namespace and memoize take one), or 4 KiB of names")                         \
  X(refused_exists,       refuse,  "add: the key is there already")                                                    \
  X(refused_absent,       refuse,  "replace, erase, expire, touch: the key is not there")                                     \
  X(refused_version,      refuse,  "compare-and-set: the entry is another version")                                    \
  X(refused_not_integer,  refuse,  "increment: the stored value is not an integer, or the sum overflows")              \
  X(refused_zero_ttl,     refuse,  "the ttl is zero and no stale span is set: nothing to keep")                        \
  X(refused_null_store,   refuse,  "the Null store keeps nothing")                                                     \
  X(refused_store_failed, refuse,  "the store could not be written")                                                   \
  X(refused_method,       refuse,  "answers to this method are not stored")                                            \
  X(refused_status,       refuse,  "answers with this status are not stored")                                          \
  X(refused_no_store,     refuse,  "no-store, in the response or in the request")                                      \
  X(refused_private,      refuse,  "the response is private and the cache is shared")                                  \
  X(refused_authorization,refuse,  "the request has Authorization, and the response does not allow sharing")           \
  X(refused_set_cookie,   refuse,  "the response sets a cookie: everybody would get it")                               \
  X(refused_vary,         refuse,  "Vary is *, or names more than the rules allow")                                    \
  X(refused_no_freshness, refuse,  "nothing says that the response may be stored, and no heuristic applies")           \
  X(refused_deceptive,    refuse,  "the path ends like a static file, but the type is another: no freshness is assumed")\
  X(refused_useless,      refuse,  "stale or no-cache from its first moment, without validator: it could never be reused")\
  X(refused_content_range,refuse,  "partial content whose Content-Range is missing, invalid or contradicts the body")  \
  X(refused_incomplete,   refuse,  "the body ended early or failed")                                                   \
  X(refused_bad_field,    refuse,  "a field of the response has a byte that no field may have, or is too long")        \
  X(erased,               remove,  "erased by key")                                                                    \
  X(replaced,             remove,  "overwritten by a newer value")                                                     \
  X(invalidated,          remove,  "a tag, a namespace or the whole cache was invalidated")                            \
  X(invalidated_by_method,remove,  "an unsafe method succeeded on its URL, or named it in Location or Content-Location")\
  X(evicted_unused,       remove,  "evicted from the small queue: never read since it was stored")                     \
  X(evicted_cold,         remove,  "evicted from the main queue: not read lately")                                     \
  X(evicted_large,        remove,  "evicted: too large to be moved within the log")                                    \
  X(evicted_index_full,   remove,  "evicted: the index had no room for more")                                          \
  X(evicted_expired,      remove,  "its memory came back after its last useful instant")                               \
  X(evicted_invalidated,  remove,  "its memory came back after it was invalidated or overwritten")                     \
  X(lost_in_crash,        remove,  "its memory was being written by a process that died")                              \
  X(process_died,         trouble, "a process died without closing; its leases and pins were taken back")              \
  X(lock_recovered,       trouble, "a lock was taken back from a process that died")                                   \
  X(lease_table_full,     trouble, "no lease was free: the load ran unshared")                                         \
  X(listener_threw,       trouble, "an event listener threw; the exception was dropped")
// clang-format on

enum class Reason : std::uint8_t {
#define FRESHET_REASON_ENUM(name, kind, meaning) name,
  FRESHET_REASONS(FRESHET_REASON_ENUM)
#undef FRESHET_REASON_ENUM
};

inline constexpr std::size_t kReasonCount = 0
#define FRESHET_REASON_ONE(name, kind, meaning) +1
    FRESHET_REASONS(FRESHET_REASON_ONE)
#undef FRESHET_REASON_ONE
    ;

ReasonKind kind(Reason reason) noexcept;
/// The word itself: "miss_expired".
std::string_view name(Reason reason) noexcept;
/// One English clause that explains the word.
std::string_view meaning(Reason reason) noexcept;

constexpr bool is_stale(Reason reason) noexcept {
  return reason == Reason::stale_revalidating || reason == Reason::stale_on_error ||
         reason == Reason::stale_on_timeout || reason == Reason::stale_as_asked;
}

}  // namespace freshet
