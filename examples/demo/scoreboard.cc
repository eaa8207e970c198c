#include "scoreboard.h"

#include <new>
#include <stdexcept>
#include <sys/mman.h>
#include <unistd.h>

namespace demo {

// All zero is the right start, so a fresh file needs no construction. Counters are independent of one another: relaxed.
struct Scoreboard::Slot {
  std::atomic<std::uint64_t> key;  ///< hash of the key; 0: free
  std::atomic<std::uint64_t> loads;
  std::atomic<std::int64_t> last_at;
  std::atomic<pid_t> last_by;
};

struct Scoreboard::Shared {
  static constexpr std::size_t kSlots = std::size_t{1} << 17;  // twice the packages of Debian
  std::atomic<std::uint64_t> queries;
  std::atomic<std::uint64_t> failures;
  std::atomic<std::uint64_t> requests;
  std::atomic<pid_t> workers[kMaxWorkers];
  Slot slots[kSlots];
};

namespace {

static_assert(std::atomic<std::uint64_t>::is_always_lock_free && std::atomic<pid_t>::is_always_lock_free);

// FNV-1a: the same in every process.
std::uint64_t hash(std::string_view key) noexcept {
  std::uint64_t h = 14695981039346656037u;
  for (const char c : key) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211u;
  return h == 0 ? 1 : h;
}

}  // namespace

Scoreboard::Scoreboard() : file_(::memfd_create("freshet-demo-scoreboard", 0)), shared_(nullptr) {
  if (file_ < 0 || ::ftruncate(file_, sizeof(Shared)) != 0)
    throw std::runtime_error("no shared memory for the figures");
  void* at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (at == MAP_FAILED) throw std::runtime_error("no shared memory for the figures");
  shared_ = static_cast<Shared*>(at);
}

Scoreboard::Scoreboard(int inherited) : file_(inherited), shared_(nullptr) {
  void* at = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (at == MAP_FAILED) throw std::runtime_error("the supervisor's figures are not there");
  shared_ = static_cast<Shared*>(at);
}

Scoreboard::~Scoreboard() {
  ::munmap(shared_, sizeof(Shared));
  ::close(file_);
}

Scoreboard::Slot* Scoreboard::find(std::string_view key, bool claim) const noexcept {
  const std::uint64_t wanted = hash(key);
  for (std::size_t step = 0; step < 64; ++step) {
    Slot& slot = shared_->slots[(wanted + step) % Shared::kSlots];
    std::uint64_t held = slot.key.load(std::memory_order_relaxed);
    if (held == wanted) return &slot;
    if (held != 0) continue;
    if (!claim) return nullptr;
    if (slot.key.compare_exchange_strong(held, wanted, std::memory_order_relaxed) || held == wanted) return &slot;
  }
  return nullptr;
}

void Scoreboard::count_query(std::string_view key) noexcept {
  shared_->queries.fetch_add(1, std::memory_order_relaxed);
  if (Slot* slot = find(key, true)) {
    slot->last_at.store(std::chrono::steady_clock::now().time_since_epoch().count(), std::memory_order_relaxed);
    slot->last_by.store(::getpid(), std::memory_order_relaxed);
    // Released, so that who sees the count sees who and when.
    slot->loads.fetch_add(1, std::memory_order_release);
  }
}

void Scoreboard::count_query_failure() noexcept { shared_->failures.fetch_add(1, std::memory_order_relaxed); }
void Scoreboard::count_request() noexcept { shared_->requests.fetch_add(1, std::memory_order_relaxed); }
std::uint64_t Scoreboard::queries() const noexcept { return shared_->queries.load(std::memory_order_relaxed); }
std::uint64_t Scoreboard::query_failures() const noexcept { return shared_->failures.load(std::memory_order_relaxed); }
std::uint64_t Scoreboard::requests() const noexcept { return shared_->requests.load(std::memory_order_relaxed); }

KeyLoads Scoreboard::loads_of(std::string_view key) const noexcept {
  const Slot* slot = find(key, false);
  if (slot == nullptr) return {};
  KeyLoads loads;
  loads.count = slot->loads.load(std::memory_order_acquire);
  loads.last_by = slot->last_by.load(std::memory_order_relaxed);
  using Clock = std::chrono::steady_clock;
  loads.last_at = Clock::time_point(Clock::duration(slot->last_at.load(std::memory_order_relaxed)));
  return loads;
}

LoadsPerKey Scoreboard::loads_per_key() const noexcept {
  LoadsPerKey result;
  for (const Slot& slot : shared_->slots) {
    const std::uint64_t loads = slot.loads.load(std::memory_order_relaxed);
    result.keys += loads > 0;
    result.loads += loads;
    if (loads > result.most) result.most = loads;
  }
  return result;
}

void Scoreboard::reset() noexcept {
  shared_->queries.store(0, std::memory_order_relaxed);
  shared_->failures.store(0, std::memory_order_relaxed);
  shared_->requests.store(0, std::memory_order_relaxed);
  for (Slot& slot : shared_->slots) slot.loads.store(0, std::memory_order_relaxed);
}

void Scoreboard::set_worker(std::size_t index, pid_t pid) noexcept {
  shared_->workers[index].store(pid, std::memory_order_release);
}
pid_t Scoreboard::worker(std::size_t index) const noexcept {
  return shared_->workers[index].load(std::memory_order_acquire);
}

}  // namespace demo
