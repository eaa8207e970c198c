// What a loader may see and say, beyond returning its value.
#pragma once

#include <freshet/error.h>
#include <freshet/time.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet {
namespace detail {

/// What a loader said. Read by the engine after it returned.
struct LoadNotes {
  std::optional<Duration> ttl;
  std::optional<Duration> stale_while_revalidate;
  std::optional<Duration> stale_if_error;
  std::vector<std::string> tags;
  bool do_not_store = false;
  bool not_modified = false;
};

}  // namespace detail

/// Handed to a loader that takes it: `cache.get_or_load<User>(key, [](freshet::LoadContext<User>& load) { ... })`.
/// Threads: only within the loader. Ownership: nothing of it may be kept after the loader returned.
template <class T>
class LoadContext {
 public:
  LoadContext(std::string_view key, const T* stale, detail::LoadNotes& notes)
      : key_(key), stale_(stale), notes_(&notes) {}
  LoadContext(const LoadContext&) = delete;
  LoadContext& operator=(const LoadContext&) = delete;

  /// The key as the caller gave it.
  std::string_view key() const noexcept { return key_; }
  /// The value that is about to be replaced, or null: for conditional requests ("has it changed since ...?").
  const T* stale() const noexcept { return stale_; }
  /// `return load.not_modified();` says that the stale value still holds: it is kept, with its tags, and its ttl starts
  /// anew. Throws Error when there is no stale value.
  T not_modified() {
    if (stale_ == nullptr) throw Error("LoadContext::not_modified() was called, but stale() is null");
    notes_->not_modified = true;
    return *stale_;
  }
  /// The value goes to the caller only. Whoever waits for it loads for himself, at once.
  void do_not_store() noexcept { notes_->do_not_store = true; }

  /// In place of the option of the same name, for this value. Negative spans count as zero.
  void ttl(Duration span) noexcept { notes_->ttl = std::max(span, Duration::zero()); }
  void stale_while_revalidate(Duration span) noexcept {
    notes_->stale_while_revalidate = std::max(span, Duration::zero());
  }
  void stale_if_error(Duration span) noexcept { notes_->stale_if_error = std::max(span, Duration::zero()); }
  /// Adds a tag to those of the options. A tag that is invalidated while the loader runs is fenced, named late or not.
  void tag(std::string name) { notes_->tags.push_back(std::move(name)); }

 private:
  std::string_view key_;
  const T* stale_;
  detail::LoadNotes* notes_;
};

}  // namespace freshet
