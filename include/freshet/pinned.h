// A large value read where it lies, without a copy.
#pragma once

#include <freshet/reason.h>
#include <freshet/store.h>
#include <freshet/time.h>

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace freshet {

/// What Cache::pin() answers: the bytes in the store's own memory, or why there are none. While the handle holds, that
/// memory is not reused, whatever happens to the entry: it may be replaced, invalidated or evicted, and these bytes
/// stay as they are. So let go soon: memory that is pinned is memory that cannot be evicted.
///
/// Threads: one at a time. Ownership: move-only; it keeps the store open, and may outlive the Cache. A child of fork()
/// must not read through a handle that its parent made. A process that is killed lets go of all its handles.
class [[nodiscard]] Pinned {
 public:
  /// Without a value.
  explicit Pinned(Reason reason) noexcept : reason_(reason) {}
  Pinned(std::shared_ptr<Store> store, std::unique_ptr<PinnedValue> value, Reason reason, Instant read_at) noexcept
      : store_(std::move(store)), value_(std::move(value)), reason_(reason), read_at_(read_at) {}
  Pinned(Pinned&&) noexcept = default;
  Pinned& operator=(Pinned&& other) noexcept {
    // The value goes before the store that it lies in.
    value_ = std::move(other.value_);
    store_ = std::move(other.store_);
    reason_ = other.reason_;
    read_at_ = other.read_at_;
    return *this;
  }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;
  ~Pinned() = default;

  bool has_value() const noexcept { return value_ != nullptr; }
  explicit operator bool() const noexcept { return has_value(); }
  /// hit, or why there is no value. Stays when the value is let go of.
  Reason reason() const noexcept { return reason_; }

  /// The value's bytes: several spans, one after the other, as for writev(). None without a value. Valid until
  /// release(), an assignment or the destructor.
  std::span<const std::span<const std::byte>> pieces() const noexcept {
    return value_ ? value_->pieces() : std::span<const std::span<const std::byte>>();
  }
  std::size_t size_bytes() const noexcept {
    std::size_t bytes = 0;
    for (const std::span<const std::byte> piece : pieces()) bytes += piece.size();
    return bytes;
  }
  /// Times and cost of the entry, as they were when it was pinned; all zero without a value.
  Meta meta() const noexcept { return value_ ? value_->meta() : Meta{}; }
  /// How long before the call of pin() the value was stored.
  Duration age() const noexcept {
    const Instant stored_at = meta().stored_at;
    return stored_at == Instant{} || read_at_ < stored_at ? Duration::zero() : read_at_ - stored_at;
  }

  /// Lets go before the destructor does.
  void release() noexcept {
    value_.reset();
    store_.reset();
  }

 private:
  std::shared_ptr<Store> store_;
  std::unique_ptr<PinnedValue> value_;
  Reason reason_;
  Instant read_at_{};
};

}  // namespace freshet
