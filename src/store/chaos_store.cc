// A store that fails and delays as told, and hands the rest on.
#include <freshet/error.h>
#include <freshet/testing.h>

#include <mutex>
#include <random>

namespace freshet::testing {
namespace {

class Chaos final : public ChaosStore {
 public:
  Chaos(std::shared_ptr<Store> inner, const ChaosOptions& options) : inner_(std::move(inner)) { set(options); }

  void set(const ChaosOptions& options) override {
    check("fail_gets", options.fail_gets);
    check("fail_puts", options.fail_puts);
    check("fail_leases", options.fail_leases);
    const std::lock_guard lock(mutex_);
    options_ = options;
    dice_.seed(options.seed);
  }

  Fetch get(std::string_view key, Instant now, std::string& value) override {
    if (fails(&ChaosOptions::fail_gets)) return unreadable();
    return inner_->get(key, now, value);
  }
  std::unique_ptr<PinnedValue> pin(std::string_view key, Instant now, Fetch& fetch) override {
    if (fails(&ChaosOptions::fail_gets)) {
      fetch = unreadable();
      return nullptr;
    }
    return inner_->pin(key, now, fetch);
  }
  Reason put(const PutRequest& request) override {
    if (!fails(&ChaosOptions::fail_puts)) return inner_->put(request);
    // A fill that fails ends its lease all the same.
    if (request.lease) inner_->release(request.key, request.lease, LoadEnd::not_stored);
    return Reason::refused_store_failed;
  }
  Reason erase(std::string_view key) override {
    return fails(&ChaosOptions::fail_puts) ? Reason::refused_store_failed : inner_->erase(key);
  }
  Reason retime(std::string_view key, Instant now, const Retime& times) override {
    return fails(&ChaosOptions::fail_puts) ? Reason::refused_store_failed : inner_->retime(key, now, times);
  }
  Acquire acquire(std::string_view key, Duration deadline) override {
    if (fails(&ChaosOptions::fail_leases)) return {Acquire::Status::unavailable, {}, Reason::lease_table_full};
    return inner_->acquire(key, deadline);
  }
  Waited wait(std::string_view key, const Lease& ticket, Duration timeout) override {
    delay();
    return inner_->wait(key, ticket, timeout);
  }
  void release(std::string_view key, const Lease& lease, LoadEnd end, std::string_view message) override {
    delay();
    inner_->release(key, lease, end, message);
  }
  std::uint64_t sequence() noexcept override { return inner_->sequence(); }
  void invalidate_tag(std::string_view tag) override {
    delay();
    inner_->invalidate_tag(tag);
  }
  void clear() override {
    delay();
    inner_->clear();
  }
  void count(Reason reason, std::uint64_t n) noexcept override { inner_->count(reason, n); }
  void remember_miss(std::string_view key, Reason reason, Instant at) noexcept override {
    inner_->remember_miss(key, reason, at);
  }
  void remember_failure(std::string_view key, Instant at) noexcept override { inner_->remember_failure(key, at); }
  std::optional<Instant> failed_at(std::string_view key) noexcept override { return inner_->failed_at(key); }
  void observe_load(Duration took) noexcept override { inner_->observe_load(took); }
  Stats stats() override { return inner_->stats(); }
  Explanation explain(std::string_view key, Instant now) override { return inner_->explain(key, now); }
  std::string notice() const override { return inner_->notice(); }
  void on_removal(RemovalListener listener) override { inner_->on_removal(std::move(listener)); }

 private:
  static void check(std::string_view field, double probability) {
    if (probability >= 0 && probability <= 1) return;
    throw ConfigError("ChaosOptions::" + std::string(field) + ": is " + std::to_string(probability) +
                      "; a probability lies between 0 and 1");
  }

  static Fetch unreadable() {
    Fetch fetch;
    fetch.reason = Reason::miss_store_failed;
    return fetch;
  }

  bool fails(double ChaosOptions::*probability) {
    delay();
    const std::lock_guard lock(mutex_);
    if (options_.*probability <= 0) return false;
    return std::uniform_real_distribution<double>(0, 1)(dice_) < options_.*probability;
  }

  void delay() {
    std::unique_lock lock(mutex_);
    if (!options_.sleeper || options_.delay == Duration::zero()) return;
    const auto sleeper = options_.sleeper;
    const Duration span = options_.delay;
    lock.unlock();
    sleeper(span);
  }

  const std::shared_ptr<Store> inner_;
  std::mutex mutex_;
  ChaosOptions options_;
  std::mt19937_64 dice_;
};

}  // namespace

std::shared_ptr<ChaosStore> chaos_store(std::shared_ptr<Store> inner, const ChaosOptions& options) {
  if (inner == nullptr)
    throw ConfigError("chaos_store: the inner store is null; give it in_process_store(), for example");
  return std::make_shared<Chaos>(std::move(inner), options);
}

}  // namespace freshet::testing
