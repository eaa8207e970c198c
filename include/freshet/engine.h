// The compiled part of Cache: bytes in, bytes out. Not part of the API; cache.h puts types on it.
#pragma once

#include <freshet/events.h>
#include <freshet/executor.h>
#include <freshet/load_context.h>
#include <freshet/options.h>
#include <freshet/pinned.h>
#include <freshet/store.h>

#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace freshet {

struct CacheOptions {
  /// For calls that give no Options of their own. An Options given to a call replaces these as a whole.
  Options defaults = {};
  /// Null: the machine's clock.
  std::shared_ptr<Clock> clock = nullptr;
  /// Where loads run that may outlive their call. Null: thread_pool(), started at the first such load.
  std::shared_ptr<Executor> executor = nullptr;
  /// A load that takes longer loses its lease: a waiter loads too, and the slow load's fill is refused.
  Duration lease_deadline = std::chrono::seconds(30);
  /// Encodings of at least this many bytes are compressed where that makes them smaller. 0: never.
  std::size_t compress_above = 8 * 1024;
  /// Part of every key. Give build_digest() or a release name here, and a deploy leaves the old values behind.
  std::string version = {};
  /// Told of everything, for the cache's lifetime.
  Listener on_event = {};
};

namespace detail {

/// Namespace and version, as they stand before every key.
struct Scope {
  std::string prefix;  ///< "shop/cart@v7" and a NUL
  std::string name_space;
  std::string version;
  std::vector<std::string> tags;  ///< one for each enclosing namespace, by which it is cleared
};
/// Errors: ConfigError for a name that is empty or holds NUL, '@' or '/'.
std::shared_ptr<const Scope> make_scope(std::string name_space, std::string version);
std::shared_ptr<const Scope> inner_scope(const Scope& outer, std::string_view name);
std::shared_ptr<const Scope> versioned_scope(const Scope& scope, std::string_view version);

/// Scope and key as one string, on the stack for keys of usual length.
class StoredKey {
 public:
  StoredKey(const Scope& scope, std::string_view key) : key_bytes_(key.size()) {
    const std::size_t size = scope.prefix.size() + key.size();
    if (size <= sizeof inline_) {
      std::memcpy(inline_, scope.prefix.data(), scope.prefix.size());
      if (!key.empty()) std::memcpy(inline_ + scope.prefix.size(), key.data(), key.size());
      view_ = {inline_, size};
    } else {
      heap_.reserve(size);
      heap_.append(scope.prefix).append(key);
      view_ = heap_;
    }
  }
  StoredKey(const StoredKey&) = delete;
  StoredKey& operator=(const StoredKey&) = delete;

  std::string_view view() const noexcept { return view_; }
  std::string_view user_key() const noexcept { return view_.substr(view_.size() - key_bytes_); }

 private:
  std::size_t key_bytes_;
  std::string_view view_;
  std::string heap_;
  char inline_[240];
};

/// A buffer for the bytes between store and decoder, lent by the thread, so that a hit allocates nothing for them. A
/// nested borrower (a decoder that uses a cache) gets one of its own.
class Scratch {
 public:
  Scratch() noexcept;
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string& operator*() noexcept { return *bytes_; }

 private:
  std::string own_;
  std::string* bytes_;
};

/// What one look at the store showed. The bytes, if any, are open: checked for shape and decompressed.
struct Sight {
  Fetch fetch;
  Instant now{};
  double dice = 0.5;
  bool serve = false;    ///< it answers the call as it is, with Reason::hit
  bool nothing = false;  ///< a cached nullopt
  bool failure = false;  ///< a remembered failure; the bytes are its message
  /// When a load failed last; looked up only where options can go by it.
  std::optional<Instant> failed_at = std::nullopt;
};

enum class Form : std::uint8_t { raw, messagepack };
enum class Produced : std::uint8_t { value, nothing, absent, unencodable };

/// The typed half of a load: keys are known to it by their index in the call.
class Load {
 public:
  virtual ~Load() = default;
  virtual std::uint32_t shape() const = 0;
  virtual Form form() const = 0;
  /// Decodes what was found, to be served or shown to the loader. Returns the miss reason when it cannot.
  virtual std::optional<Reason> accept(std::size_t index, const Sight& sight, std::span<const std::byte> bytes) = 0;
  /// What was found before is no longer there, and must not be shown to the loader.
  virtual void forget(std::size_t index) = 0;
  /// Runs the loader once for these keys. Throws what it throws.
  virtual void run(std::span<const std::size_t> wanted, std::span<LoadNotes> notes) = 0;
  virtual Produced encode(std::size_t index, std::string& out) const = 0;
  enum class Detach : std::uint8_t {
    never,    ///< the loader can be neither copied nor moved
    by_move,  ///< afterwards only the detached load can run
    by_copy,
  };
  virtual Detach detachable() const noexcept = 0;
  /// The same load, owning all that it needs.
  virtual std::shared_ptr<Load> detach() = 0;
  /// Takes over what a detached one produced.
  virtual void adopt(std::size_t index, Load& detached) = 0;
};

/// How the call ended for one key. Ends by exception are thrown instead.
struct Verdict {
  enum class Source : std::uint8_t { found, loaded, none };
  Source source = Source::none;
  Reason reason = Reason::miss_absent;
  std::optional<Reason> stored;
  Meta meta;
  Instant now{};
};

/// Threads: every member from any thread. Lives until the last handle and the last background load are gone.
class Engine {
 public:
  virtual ~Engine() = default;

  /// `options` null: only a fresh entry serves. `bytes` is set when something was found.
  virtual Sight look(std::string_view key, std::uint32_t shape, const Options* options, std::string& bytes) = 0;
  /// A fresh value in place. Counts as a lookup.
  virtual Pinned pin(std::string_view key) = 0;
  /// Counts, and tells the listeners.
  virtual void note(Reason reason, std::string_view stored_key, Duration took = {}) noexcept = 0;

  /// get_or_load for some keys at once, with one run of the loader for those that are missing and free. `first`: what a
  /// look at the only key has shown already, and its bytes.
  virtual void load(const Scope& scope, std::span<const std::string_view> keys, Load& load, const Options& options,
                    const Sight* first, std::string* first_bytes, std::span<Verdict> verdicts) = 0;

  virtual Reason put(const Scope& scope, std::string_view key, const Load& value, const Options& options,
                     PutMode mode) = 0;
  virtual Reason erase(std::string_view key) = 0;
  virtual Reason expire(std::string_view key) = 0;
  virtual Reason touch(std::string_view key, Duration ttl) = 0;
  /// Returns the new value, or none and the reason.
  virtual std::optional<std::int64_t> increment(const Scope& scope, std::string_view key, std::int64_t delta,
                                                const Options& options, Reason& reason) = 0;
  virtual void invalidate_tag(std::string_view tag) = 0;
  virtual void clear(const Scope& scope) = 0;
  virtual Explanation explain(std::string_view key) = 0;

  virtual const Options& defaults() const noexcept = 0;
  virtual const std::shared_ptr<Store>& store() const noexcept = 0;
  virtual const std::shared_ptr<Clock>& clock() const noexcept = 0;
  virtual Subscription subscribe(Listener listener) = 0;
};

std::shared_ptr<Engine> make_engine(std::shared_ptr<Store> store, const CacheOptions& options);

}  // namespace detail
}  // namespace freshet
