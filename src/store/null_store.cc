// The store that keeps nothing: a cache on it loads every time, and says why.
#include <freshet/testing.h>

#include <array>
#include <atomic>

namespace freshet::testing {
namespace {

class NullStore final : public Store {
 public:
  Fetch get(std::string_view, Instant, std::string&) override { return nothing(); }
  std::unique_ptr<PinnedValue> pin(std::string_view, Instant, Fetch& fetch) override {
    fetch = nothing();
    return nullptr;
  }
  Reason put(const PutRequest&) override { return Reason::refused_null_store; }
  Reason erase(std::string_view) override { return Reason::refused_absent; }
  Reason retime(std::string_view, Instant, const Retime&) override { return Reason::refused_absent; }
  Acquire acquire(std::string_view, Duration) override {
    return {Acquire::Status::unavailable, {}, Reason::refused_null_store};
  }
  Waited wait(std::string_view, const Lease&, Duration) override { return {LoadEnd::not_stored, {}}; }
  void release(std::string_view, const Lease&, LoadEnd, std::string_view) override {}
  std::uint64_t sequence() noexcept override { return 1; }
  void invalidate_tag(std::string_view) override {}
  void clear() override {}
  void count(Reason reason, std::uint64_t n) noexcept override {
    // Relaxed: counters order nothing.
    counts_[static_cast<std::size_t>(reason)].fetch_add(n, std::memory_order_relaxed);
  }
  void observe_load(Duration) noexcept override {}
  Stats stats() override {
    Stats stats;
    for (std::size_t i = 0; i < kReasonCount; ++i) stats.count[i] = counts_[i].load(std::memory_order_relaxed);
    stats.processes = 1;
    stats.url = "null:";
    return stats;
  }
  Explanation explain(std::string_view, Instant) override {
    Explanation explanation;
    explanation.fetch = nothing();
    return explanation;
  }
  void on_removal(RemovalListener) override {}

 private:
  static Fetch nothing() {
    Fetch fetch;
    fetch.reason = Reason::miss_null_store;
    return fetch;
  }

  std::array<std::atomic<std::uint64_t>, kReasonCount> counts_{};
};

}  // namespace

std::shared_ptr<Store> null_store() { return std::make_shared<NullStore>(); }

}  // namespace freshet::testing
