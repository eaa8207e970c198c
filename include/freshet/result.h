// What a cache call answers: a value, or none, and in both cases the Reason.
#pragma once

#include <freshet/reason.h>
#include <freshet/store.h>
#include <freshet/time.h>

#include <optional>
#include <stdexcept>
#include <utility>

namespace freshet {

/// An optional with a reason. Where T is itself a std::optional, "no Result value" is a miss and "a value that is
/// nullopt" is a cached nothing: `if (result)` asks for the first, `*result` gives the second.
///
///     Result<std::optional<User>> found = cache.get<std::optional<User>>("user:7");
///     if (!found) ...             // not in the cache
///     else if (!*found) ...       // in the cache: there is no such user
///     else greet(**found);
template <class T>
class Result {
 public:
  using value_type = T;

  /// Without a value.
  explicit Result(Reason reason) : reason_(reason) {}
  Result(std::optional<T> value, Reason reason, const Meta& meta, Instant read_at,
         std::optional<Reason> stored = std::nullopt)
      : value_(std::move(value)), meta_(meta), read_at_(read_at), reason_(reason), stored_(stored) {}

  bool has_value() const noexcept { return value_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  /// Undefined without a value, as with std::optional.
  T& operator*() & noexcept { return *value_; }
  const T& operator*() const& noexcept { return *value_; }
  T&& operator*() && noexcept { return std::move(*value_); }
  T* operator->() noexcept { return &*value_; }
  const T* operator->() const noexcept { return &*value_; }

  /// Throws std::bad_optional_access without a value.
  T& value() & { return value_.value(); }
  const T& value() const& { return value_.value(); }
  T&& value() && { return std::move(value_).value(); }
  template <class U>
  T value_or(U&& fallback) const& {
    return value_.value_or(std::forward<U>(fallback));
  }
  template <class U>
  T value_or(U&& fallback) && {
    return std::move(value_).value_or(std::forward<U>(fallback));
  }

  /// Why there is a value (hit, stale_on_error, loaded, ...), or why not (miss_absent, ...).
  Reason reason() const noexcept { return reason_; }
  /// The value is past its ttl and served all the same; reason() says why.
  bool is_stale() const noexcept { return freshet::is_stale(reason_); }
  /// The value comes from this call's own loader.
  bool is_loaded() const noexcept { return has_value() && kind(reason_) == ReasonKind::load; }
  /// What became of this call's own load: stored, stored_negative, or a refused_* reason. Empty when nothing was loaded
  /// in this call, or nothing could be stored (no lease).
  std::optional<Reason> stored() const noexcept { return stored_; }
  /// Times and cost of the entry that was served or stored; all zero where there is none.
  const Meta& meta() const noexcept { return meta_; }
  /// How long ago the value was stored, as of this call.
  Duration age() const noexcept {
    return meta_.stored_at == Instant{} || read_at_ < meta_.stored_at ? Duration::zero() : read_at_ - meta_.stored_at;
  }

 private:
  std::optional<T> value_;
  Meta meta_{};
  Instant read_at_{};
  Reason reason_;
  std::optional<Reason> stored_;
};

}  // namespace freshet
