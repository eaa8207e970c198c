// Cache: the typed API. Start here.
//
//     freshet::Cache cache = freshet::open("shared:shop?size=1GiB");
//     freshet::Result<User> user = cache.get_or_load<User>("user:7", [&] { return database.user(7); });
//     greet(*user);
//
// LIFETIME OF LOADERS. With the default options a loader runs on the caller's thread and is gone when the call returns:
// it may capture by reference. Give any of `soft_timeout`, `hard_timeout`, `stale_while_revalidate` or `early_refresh`,
// and a load may go on after the call has returned. The cache then moves or copies the loader, but it cannot copy what
// the loader only refers to: capture by value, or a shared_ptr, never `[&]`. The same holds for what a `string_view` in
// the loader points to. A background load keeps the cache's insides alive, not the rest of your program: destroy what
// loaders use after the executor that runs them, or give the cache an executor of your own and stop that first.
#pragma once

#include <freshet/engine.h>
#include <freshet/error.h>
#include <freshet/events.h>
#include <freshet/load_context.h>
#include <freshet/metrics.h>
#include <freshet/options.h>
#include <freshet/pinned.h>
#include <freshet/result.h>
#include <freshet/store.h>
#include <freshet/typed_load.h>

#include <cstdint>
#include <memory>
#include <ranges>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet {

template <class Function>
class Memoized;

/// A handle onto a store: cheap to copy, as good as its original.
/// Threads: every member from any thread at once. Errors: a failing store is a miss or a refusal with a Reason; only
/// options that make no sense throw (ConfigError), and get_or_load throws what its loader throws. After fork() both
/// sides may go on using their handle.
class Cache {
 public:
  explicit Cache(std::shared_ptr<detail::Engine> engine, std::shared_ptr<const detail::Scope> scope)
      : engine_(std::move(engine)), scope_(std::move(scope)) {}

  // -- Reading --------------------------------------------------------------------------------------------------------

  /// The fresh value under `key`, or why there is none. Never serves stale values: without a loader nobody would
  /// refresh them. Cost of a hit: no lock, and no allocation but those of the value itself.
  template <class T>
  Result<T> get(std::string_view key) const {
    return read<T>(key, true);
  }
  /// As get(), but leaves no trace in counters, events and explain(). To the eviction it is a read like any other.
  template <class T>
  Result<T> peek(std::string_view key) const {
    return read<T>(key, false);
  }
  /// As get<Bytes>(), but the bytes are read where they lie: for values too large to be copied. What pin() gives are
  /// the bytes as get<Bytes>() gives them: a `Bytes` as it was set, any other type in its encoding. Where the store
  /// holds them compressed, or all pins of this process are in use (16 to 256, by the segment's size), the handle holds
  /// a copy. Cost: no lock; a small allocation for the handle.
  Pinned pin(std::string_view key) const { return engine_->pin(stored(key).view()); }
  /// One Result for each key, in order.
  template <class T, std::ranges::input_range Keys>
  std::vector<Result<T>> get_many(const Keys& keys) const {
    std::vector<Result<T>> results;
    for (const auto& key : keys) results.push_back(read<T>(key, true));
    return results;
  }

  // -- Reading through ------------------------------------------------------------------------------------------------

  /// The value under `key`; `loader` provides it where there is none: `T()`, or `T(LoadContext<T>&)`. However many ask
  /// at once, in however many processes, one loads and the others wait for it or take a stale value, as the options
  /// say. Always returns a value, or throws: what the loader threw; LoadFailed, for a failure in another process or a
  /// remembered one; LoadTimeout.
  ///
  /// A loader may ask the cache for other keys, and even for its own (which then loads without being stored).
  template <class T = detail::FromLoader, class Loader>
  auto get_or_load(std::string_view key, Loader&& loader, const Options& options) const {
    using Value = typename detail::LoadedType<T, std::remove_reference_t<Loader>>::type;
    return load_one<Value>(key, std::forward<Loader>(loader), options);
  }
  template <class T = detail::FromLoader, class Loader>
  auto get_or_load(std::string_view key, Loader&& loader) const {
    return get_or_load<T>(key, std::forward<Loader>(loader), engine_->defaults());
  }

  /// get_or_load for many keys: one call of `loader(const std::vector<std::string>& missing)` for the keys that nobody
  /// else is loading. It returns a map from key to T, or a vector of std::optional<T> in the order of `missing`. A key
  /// that it leaves out has no value in its Result (reason miss_absent or as found) and is not stored; make T a
  /// std::optional to remember that there is nothing. One Result for each key, in order.
  template <class T = detail::FromLoader, std::ranges::input_range Keys, class Loader>
  auto get_or_load_many(const Keys& keys, Loader&& loader, const Options& options) const {
    using Value = typename detail::LoadedManyType<T, std::remove_reference_t<Loader>>::type;
    return load_many<Value>(std::vector<std::string>(std::ranges::begin(keys), std::ranges::end(keys)),
                            std::forward<Loader>(loader), options);
  }
  template <class T = detail::FromLoader, std::ranges::input_range Keys, class Loader>
  auto get_or_load_many(const Keys& keys, Loader&& loader) const {
    return get_or_load_many<T>(keys, std::forward<Loader>(loader), engine_->defaults());
  }

  /// A function that remembers: see memoize.h, which must be included to call this.
  template <class Function>
  Memoized<std::decay_t<Function>> memoize(std::string name, Function&& function) const;
  template <class Function>
  Memoized<std::decay_t<Function>> memoize(std::string name, Function&& function, Options options) const;

  // -- Writing --------------------------------------------------------------------------------------------------------

  /// Stores; a load of the key that is under way will be refused. Returns stored (stored_negative for nullopt), or why
  /// not. A refused set erases the old value: it is known to be out of date.
  template <class T>
  Reason set(std::string_view key, const T& value, const Options& options) const {
    return put(key, value, options, PutMode::set);
  }
  template <class T>
  Reason set(std::string_view key, const T& value) const {
    return set(key, value, engine_->defaults());
  }
  /// Stores unless a fresh value is there (refused_exists).
  template <class T>
  Reason add(std::string_view key, const T& value, const Options& options) const {
    return put(key, value, options, PutMode::add);
  }
  template <class T>
  Reason add(std::string_view key, const T& value) const {
    return add(key, value, engine_->defaults());
  }
  /// Stores only where a fresh value is there (refused_absent).
  template <class T>
  Reason replace(std::string_view key, const T& value, const Options& options) const {
    return put(key, value, options, PutMode::replace);
  }
  template <class T>
  Reason replace(std::string_view key, const T& value) const {
    return replace(key, value, engine_->defaults());
  }
  /// Stores each pair of key and value; one Reason for each, in order.
  template <std::ranges::input_range Pairs>
  std::vector<Reason> set_many(const Pairs& pairs, const Options& options) const {
    std::vector<Reason> reasons;
    for (const auto& [key, value] : pairs) reasons.push_back(set(key, value, options));
    return reasons;
  }
  template <std::ranges::input_range Pairs>
  std::vector<Reason> set_many(const Pairs& pairs) const {
    return set_many(pairs, engine_->defaults());
  }

  /// erased, or refused_absent. In both cases a load of the key that is under way will not be stored.
  Reason erase(std::string_view key) const { return engine_->erase(stored(key).view()); }
  /// Makes the value stale at once, but keeps it for as long as it may stand in for a failing load.
  Reason expire(std::string_view key) const { return engine_->expire(stored(key).view()); }
  /// The value is fresh for `ttl` from now; its stale spans move along.
  Reason touch(std::string_view key, Duration ttl) const { return engine_->touch(stored(key).view(), ttl); }
  /// Adds to an integer (std::int64_t) in one step, for all processes. Starts at `delta`, with the options' ttl and
  /// tags, where there is none; keeps the ttl and the tags of one that is there. refused_not_integer otherwise.
  Result<std::int64_t> increment(std::string_view key, std::int64_t delta, const Options& options) const {
    Reason reason = Reason::refused_store_failed;
    const std::optional<std::int64_t> sum = engine_->increment(*scope_, stored(key).view(), delta, options, reason);
    return {sum, reason, Meta{}, Instant{}, reason};
  }
  Result<std::int64_t> increment(std::string_view key, std::int64_t delta = 1) const {
    return increment(key, delta, engine_->defaults());
  }

  // -- Invalidating ---------------------------------------------------------------------------------------------------

  /// From the return of this call on, nobody is served an entry with this tag that was read before it; loads under way
  /// included. Tags are shared by all namespaces and versions of the store. Cost: the same for one entry or a million.
  void invalidate_tag(std::string_view tag) const { engine_->invalidate_tag(tag); }
  /// The same for everything in this handle's namespace, all versions; at the root, for everything in the store.
  void clear() const { engine_->clear(*scope_); }

  // -- Handles --------------------------------------------------------------------------------------------------------

  /// The keys of `name` within this handle's namespace: no key of one can ever be a key of another.
  Cache namespaced(std::string_view name) const { return Cache(engine_, detail::inner_scope(*scope_, name)); }
  /// The same namespace, in another version: a deploy that gives its own name here never reads an older one's values.
  Cache versioned(std::string_view version) const { return Cache(engine_, detail::versioned_scope(*scope_, version)); }

  // -- Seeing what it does --------------------------------------------------------------------------------------------

  /// All that is known of a key. Leaves no trace in the counters.
  Explanation explain(std::string_view key) const { return engine_->explain(stored(key).view()); }
  /// Counters of all processes since the store was created, and gauges.
  Stats stats() const { return engine_->store()->stats(); }
  /// What opening had to say ("attached at the segment's existing size of ..."); often empty. Worth a line in the log.
  std::string notice() const { return engine_->store()->notice(); }
  std::string prometheus() const { return prometheus_text(stats()); }
  /// Errors: ConfigError beyond kMaxListeners.
  [[nodiscard]] Subscription on_event(Listener listener) const { return engine_->subscribe(std::move(listener)); }

  const Options& defaults() const noexcept { return engine_->defaults(); }
  const std::shared_ptr<Store>& store() const noexcept { return engine_->store(); }
  const std::string& name_space() const noexcept { return scope_->name_space; }
  const std::string& version() const noexcept { return scope_->version; }

 private:
  detail::StoredKey stored(std::string_view key) const { return detail::StoredKey(*scope_, key); }

  template <class T>
  Result<T> read(std::string_view key, bool leave_trace) const {
    const detail::StoredKey stored_key(*scope_, key);
    detail::Scratch bytes;
    const detail::Sight sight = engine_->look(stored_key.view(), detail::shape_of<T>(), nullptr, *bytes);
    std::optional<T> value;
    Reason reason = sight.fetch.reason;
    if (sight.serve) {
      reason = detail::read_value<T>(sight, detail::as_bytes(*bytes), value).value_or(Reason::hit);
    }
    if (leave_trace) engine_->note(reason, stored_key.view());
    return {std::move(value), reason, sight.fetch.meta, sight.now};
  }

  template <class T, class Loader>
  Result<T> load_one(std::string_view key, Loader&& loader, const Options& options) const {
    const detail::StoredKey stored_key(*scope_, key);
    detail::Scratch bytes;
    const detail::Sight sight = engine_->look(stored_key.view(), detail::shape_of<T>(), &options, *bytes);
    if (sight.serve) {
      std::optional<T> value;
      if (!detail::read_value<T>(sight, detail::as_bytes(*bytes), value)) {
        engine_->note(Reason::hit, stored_key.view());
        return {std::move(value), Reason::hit, sight.fetch.meta, sight.now};
      }
    }
    detail::SingleLoad<T, Loader&&> load(key, std::forward<Loader>(loader));
    detail::Verdict verdict;
    const std::string_view keys[] = {stored_key.view()};
    engine_->load(*scope_, keys, load, options, &sight, &*bytes, std::span(&verdict, 1));
    return {load.take(0, verdict.source), verdict.reason, verdict.meta, verdict.now, verdict.stored};
  }

  template <class T, class Loader>
  std::vector<Result<T>> load_many(std::vector<std::string> keys, Loader&& loader, const Options& options) const {
    std::vector<std::string> stored_keys;
    stored_keys.reserve(keys.size());
    for (const std::string& key : keys) stored_keys.push_back(scope_->prefix + key);
    const std::vector<std::string_view> views(stored_keys.begin(), stored_keys.end());
    std::vector<detail::Verdict> verdicts(keys.size());
    detail::ManyLoad<T, Loader&&> load(std::move(keys), std::forward<Loader>(loader));
    engine_->load(*scope_, views, load, options, nullptr, nullptr, verdicts);
    std::vector<Result<T>> results;
    results.reserve(verdicts.size());
    for (std::size_t i = 0; i < verdicts.size(); ++i) {
      const detail::Verdict& verdict = verdicts[i];
      results.emplace_back(load.take(i, verdict.source), verdict.reason, verdict.meta, verdict.now, verdict.stored);
    }
    return results;
  }

  template <class T>
  Reason put(std::string_view key, const T& value, const Options& options, PutMode mode) const {
    if constexpr (std::is_array_v<T> || std::is_pointer_v<T> || std::is_same_v<T, std::string_view>) {
      return put(key, std::string(std::string_view(value)), options, mode);
    } else {
      const detail::GivenValue<T> given(value);
      return engine_->put(*scope_, stored(key).view(), given, options, mode);
    }
  }

  std::shared_ptr<detail::Engine> engine_;
  std::shared_ptr<const detail::Scope> scope_;
};

/// `memory:?size=256MiB` (this process and the children that it forks), `shared:NAME?size=1GiB` (all processes of the
/// host), `file:/path?size=10GiB` (survives a restart), `null:` (keeps nothing). Errors: ConfigError that says what is
/// wrong and the mend.
Cache open(std::string_view url, const CacheOptions& options = {});
/// On a store of your own making, or one of testing.h.
Cache open(std::shared_ptr<Store> store, const CacheOptions& options = {});

/// The key under which the store keeps `key`: for tools that look into a store without a Cache.
/// Errors: ConfigError for a bad namespace ("a/b" for nested ones) or version.
std::string stored_key(std::string_view name_space, std::string_view version, std::string_view key);

}  // namespace freshet
