#include "cache/core.h"

#include "codec/envelope.h"
#include "platform/dice.h"
#include "policy/plan.h"

#include <freshet/codec.h>
#include <freshet/error.h>

#include <algorithm>
#include <limits>

namespace freshet::cache {
namespace {

// Compare-and-set gives up after so many rivals in a row, or moves of the entry within the store.
constexpr int kMaxTries = 1000;

std::span<const std::byte> as_bytes(const std::string& bytes) {
  return std::as_bytes(std::span(bytes.data(), bytes.size()));
}

std::vector<std::string> join(const std::vector<std::string>& tags, const detail::Scope& scope) {
  std::vector<std::string> all = tags;
  all.insert(all.end(), scope.tags.begin(), scope.tags.end());
  return all;
}

}  // namespace

std::uint32_t content_of(detail::Produced produced, detail::Form form, std::uint32_t shape) {
  using codec::Encoding;
  if (produced == detail::Produced::nothing) return codec::content_word(Encoding::nothing, shape);
  return codec::content_word(form == detail::Form::raw ? Encoding::raw : Encoding::messagepack, shape);
}

void check(const CacheOptions& options) {
  validate(options.defaults);
  if (options.lease_deadline <= Duration::zero()) {
    throw ConfigError("CacheOptions::lease_deadline: is " + format_duration(options.lease_deadline) +
                      "; a load needs time, for example 30s");
  }
  detail::make_scope({}, options.version);
}

Core::Core(std::shared_ptr<Store> store, const CacheOptions& options)
    : store_(std::move(store)),
      clock_(options.clock ? options.clock : system_clock()),
      executor_(options.executor ? options.executor : thread_pool()),
      options_(options) {
  if (store_ == nullptr) throw ConfigError("open: the store is null; give it one, or a URL such as memory:?size=64MiB");
  check(options_);
  // Last: a constructor that throws does not run the destructor.
  board_.store(new std::shared_ptr<FailureBoard>(std::make_shared<FailureBoard>()));
}

Core::~Core() { delete board_.load(); }

std::shared_ptr<FailureBoard> Core::board() {
  std::shared_ptr<FailureBoard>* current = board_.load();
  if (!(*current)->ours()) {
    // The parent's board is left in place, once per fork: one of its mutexes may be held for ever.
    auto* mine = new std::shared_ptr<FailureBoard>(std::make_shared<FailureBoard>());
    if (board_.compare_exchange_strong(current, mine)) {
      current = mine;
    } else {
      delete mine;
    }
  }
  return *current;
}

detail::Sight Core::look(std::string_view key, std::uint32_t shape, const Options* options, std::string& bytes) {
  detail::Sight sight;
  sight.now = clock_->now();
  if (is_bad_key(key)) {
    sight.fetch.reason = Reason::miss_bad_key;
    return sight;
  }
  sight.fetch = store_->get(key, sight.now, bytes);
  if (!sight.fetch.found) return sight;

  const Meta& meta = sight.fetch.meta;
  const codec::Encoding encoding = codec::encoding_of(meta.content);
  sight.failure = encoding == codec::Encoding::error;
  sight.nothing = encoding == codec::Encoding::nothing;
  // A failure is for readers of every type, but not from another version: who knows what that calls a failure.
  if (const auto why_not = codec::open_envelope(meta.content, sight.failure ? kAnyShape : shape, bytes)) {
    sight.fetch.found = false;
    sight.fetch.reason = *why_not;
    return sight;
  }
  const bool fresh = sight.now < meta.fresh_until;
  if (options != nullptr && options->early_refresh > 0) {
    sight.dice = platform::roll();
    sight.serve = fresh && !sight.failure && !policy::due_early(meta, options->early_refresh, sight.now, sight.dice);
  } else {
    sight.serve = fresh && !sight.failure;
  }
  if (options != nullptr && options->error_ttl > Duration::zero() && !fresh && !sight.failure) {
    sight.failed_at = store_->failed_at(key);
  }
  if (options == nullptr && !sight.serve)
    sight.fetch.reason = fresh ? Reason::miss_failed_lately : Reason::miss_expired;
  return sight;
}

void Core::note(Reason reason, std::string_view stored_key, Duration took) noexcept {
  store_->count(reason);
  if (kind(reason) == ReasonKind::miss) store_->remember_miss(stored_key, reason, clock_->now());
  if (hub_->heard()) emit(reason, scope_of(stored_key), user_key(stored_key), took);
}

void Core::emit(Reason reason, std::string_view scope, std::string_view key, Duration took) noexcept {
  Event event;
  event.kind = kind(reason);
  event.reason = reason;
  event.scope = scope;
  event.key = key;
  event.took = took;
  if (const std::uint64_t threw = hub_->emit(event); threw != 0) store_->count(Reason::listener_threw, threw);
}

Reason Core::put(const detail::Scope& scope, std::string_view key, const detail::Load& value, const Options& options,
                 PutMode mode) {
  validate(options);
  const Instant now = clock_->now();
  std::string bytes;
  const detail::Produced produced = value.encode(0, bytes);
  const bool negative = produced == detail::Produced::nothing;
  const double dice = options.jitter > Duration::zero() ? platform::roll() : 0.0;
  const policy::Times times = policy::times_for(options, now, dice, negative);

  PutRequest request;
  request.key = key;
  request.meta.stored_at = now;
  request.meta.fresh_until = times.fresh_until;
  request.meta.keep_until = times.keep_until;
  request.meta.content = content_of(produced, value.form(), value.shape());
  if (options_.compress_above != 0) {
    codec::compress_if_worthwhile(bytes, request.meta.content, options_.compress_above);
  }
  request.value = as_bytes(bytes);
  const std::vector<std::string> tags = join(options.tags, scope);
  request.tags = tags;
  request.mode = mode;

  Reason reason = Reason::refused_bad_key;
  if (!is_bad_key(key)) {
    if (produced == detail::Produced::unencodable) {
      reason = Reason::refused_unencodable;
    } else if (!times.useful) {
      reason = Reason::refused_zero_ttl;
    } else if (mode == PutMode::set) {
      reason = store_->put(request);
    } else {
      reason = put_if(request, mode == PutMode::replace);
    }
    // Whoever sets a value says that the old one is wrong.
    if (mode == PutMode::set && reason != Reason::stored) store_->erase(key);
  }
  if (reason == Reason::stored && negative) reason = Reason::stored_negative;
  note(reason, key, {});
  return reason;
}

Reason Core::put_if(PutRequest& request, bool wanted_fresh) {
  const Reason unwanted = wanted_fresh ? Reason::refused_absent : Reason::refused_exists;
  for (int i = 0; i < kMaxTries; ++i) {
    Fetch fetch;
    const Instant now = clock_->now();
    request.sequence = store_->sequence();
    store_->pin(request.key, now, fetch);
    const bool fresh =
        fetch.found && now < fetch.meta.fresh_until && codec::encoding_of(fetch.meta.content) != codec::Encoding::error;
    if (fresh != wanted_fresh) return unwanted;
    request.mode = fetch.found ? PutMode::if_version : PutMode::add;
    request.meta.version = fetch.found ? fetch.meta.version : 0;
    const Reason reason = store_->put(request);
    const bool overtaken = reason == Reason::refused_version || reason == Reason::refused_exists ||
                           reason == Reason::refused_absent || reason == Reason::refused_invalidated;
    if (!overtaken) return reason;
  }
  return unwanted;
}

Reason Core::erase(std::string_view key) {
  const Reason reason = is_bad_key(key) ? Reason::refused_bad_key : store_->erase(key);
  note(reason, key, {});
  return reason;
}

Reason Core::expire(std::string_view key) {
  const Instant now = clock_->now();
  Retime times;
  times.fresh_until = now;
  const Reason reason = is_bad_key(key) ? Reason::refused_bad_key : store_->retime(key, now, times);
  note(reason, key, {});
  return reason;
}

Reason Core::touch(std::string_view key, Duration ttl) {
  if (ttl < Duration::zero()) throw ConfigError("touch: a ttl cannot be negative; expire() makes an entry stale");
  Reason reason = Reason::refused_bad_key;
  if (!is_bad_key(key)) {
    const Instant now = clock_->now();
    Fetch fetch;
    store_->pin(key, now, fetch);
    reason = Reason::refused_absent;
    if (fetch.found) {
      const Meta& meta = fetch.meta;
      const Duration stale = meta.keep_until == kNever ? kForever : meta.keep_until - meta.fresh_until;
      Retime times;
      times.fresh_until = add(now, ttl);
      times.keep_until = meta.fresh_until == kNever ? *times.fresh_until : add(*times.fresh_until, stale);
      reason = store_->retime(key, now, times);
    }
  }
  note(reason, key, {});
  return reason;
}

std::optional<std::int64_t> Core::increment(const detail::Scope& scope, std::string_view key, std::int64_t delta,
                                            const Options& options, Reason& reason) {
  validate(options);
  reason = Reason::refused_bad_key;
  const std::uint32_t shape = shape_digest<std::int64_t>();
  std::string bytes;
  std::int64_t sum = 0;
  for (int i = 0; i < kMaxTries && !is_bad_key(key); ++i) {
    const Instant now = clock_->now();
    PutRequest request;
    request.key = key;
    // Read before the value is: an invalidation in between must not be survived by the sum.
    const std::uint64_t sequence = store_->sequence();
    const Fetch fetch = store_->get(key, now, bytes);
    const bool fresh =
        fetch.found && now < fetch.meta.fresh_until && codec::encoding_of(fetch.meta.content) != codec::Encoding::error;
    std::vector<std::string> tags;
    sum = delta;
    if (fresh) {
      std::int64_t old = 0;
      const bool nothing = codec::encoding_of(fetch.meta.content) == codec::Encoding::nothing;
      if (nothing || codec::open_envelope(fetch.meta.content, shape, bytes) || !decode(as_bytes(bytes), old) ||
          __builtin_add_overflow(old, delta, &sum)) {
        reason = Reason::refused_not_integer;
        break;
      }
      tags = store_->explain(key, now).tags;
      request.meta = fetch.meta;
      // Made of an entry, the sum is as old as that: an invalidation may have its number already, and not yet be seen.
      request.sequence = fetch.sequence;
    } else {
      const double dice = options.jitter > Duration::zero() ? platform::roll() : 0.0;
      const policy::Times times = policy::times_for(options, now, dice, false);
      if (!times.useful) {
        reason = Reason::refused_zero_ttl;
        break;
      }
      tags = join(options.tags, scope);
      request.meta.fresh_until = times.fresh_until;
      request.meta.keep_until = times.keep_until;
      request.meta.version = fetch.found ? fetch.meta.version : 0;
    }
    if (request.sequence == 0) request.sequence = sequence;
    bytes.clear();
    encode<std::int64_t>(sum, bytes);
    request.meta.stored_at = now;
    request.meta.content = codec::content_word(codec::Encoding::messagepack, shape);
    request.value = as_bytes(bytes);
    request.tags = tags;
    request.mode = fetch.found ? PutMode::if_version : PutMode::add;
    reason = store_->put(request);
    const bool overtaken = reason == Reason::refused_version || reason == Reason::refused_exists ||
                           reason == Reason::refused_absent || reason == Reason::refused_invalidated;
    if (!overtaken) break;
  }
  note(reason, key, {});
  if (reason != Reason::stored) return std::nullopt;
  return sum;
}

void Core::invalidate_tag(std::string_view tag) {
  store_->invalidate_tag(tag);
  store_->count(Reason::invalidated);
  if (hub_->heard()) emit(Reason::invalidated, {}, tag, {});
}

void Core::clear(const detail::Scope& scope) {
  if (scope.tags.empty()) {
    store_->clear();
  } else {
    store_->invalidate_tag(scope.tags.back());  // the innermost: this namespace and those within it
  }
  store_->count(Reason::invalidated);
  if (hub_->heard()) emit(Reason::invalidated, scope.name_space, {}, {});
}

Explanation Core::explain(std::string_view key) {
  Explanation explanation;
  if (is_bad_key(key)) {
    explanation.fetch.reason = Reason::miss_bad_key;
    return explanation;
  }
  explanation = store_->explain(key, clock_->now());
  std::erase_if(explanation.tags, [](const std::string& tag) { return tag.starts_with('\x01'); });
  return explanation;
}

Subscription Core::subscribe(Listener listener) {
  if (!listener) throw ConfigError("on_event: the listener is empty; give it a function to call");
  Subscription subscription = hub_->subscribe(std::move(listener));
  if (!told_of_removals_.exchange(true)) {
    store_->on_removal([weak = weak_from_this()](std::string_view key, Reason reason) {
      if (const auto core = weak.lock()) core->emit(reason, scope_of(key), user_key(key), {});
    });
  }
  return subscription;
}

}  // namespace freshet::cache
