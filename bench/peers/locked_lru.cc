#include "peers/locked_lru.h"

#include <list>
#include <mutex>
#include <unordered_map>
#include <utility>

namespace bench {
namespace {

class Lru {
 public:
  explicit Lru(std::size_t capacity) : capacity_(capacity) { places_.reserve(capacity); }

  bool get(std::string_view key, std::string& value) {
    const std::lock_guard lock(mutex_);
    const auto found = places_.find(key);
    if (found == places_.end()) return false;
    order_.splice(order_.begin(), order_, found->second);
    value = found->second->second;
    return true;
  }

  void set(std::string_view key, std::string_view value) {
    const std::lock_guard lock(mutex_);
    if (const auto found = places_.find(key); found != places_.end()) {
      found->second->second = value;
      order_.splice(order_.begin(), order_, found->second);
      return;
    }
    if (places_.size() >= capacity_) {
      places_.erase(order_.back().first);
      order_.pop_back();
    }
    order_.emplace_front(key, value);
    // The view is of the list's own string, which does not move.
    places_.emplace(order_.front().first, order_.begin());
  }

 private:
  std::size_t capacity_;
  std::mutex mutex_;
  std::list<std::pair<std::string, std::string>> order_;
  std::unordered_map<std::string_view, std::list<std::pair<std::string, std::string>>::iterator> places_;
};

class LruClient final : public DirectClient<LruClient> {
 public:
  explicit LruClient(Lru& lru) : lru_(lru) {}
  bool get(std::string_view key, std::string& value) override { return lru_.get(key, value); }
  bool set(std::string_view key, std::string_view value) override {
    lru_.set(key, value);
    return true;
  }

 private:
  Lru& lru_;
};

class LockedLru final : public Peer {
 public:
  explicit LockedLru(std::size_t capacity) : lru_(capacity) {}
  std::string name() const override { return "LRU with a mutex"; }
  // A reader writes the list, so that a forked copy would be measured by its page faults.
  Traits traits() const override { return {.shared_by_processes = false, .readable_after_fork = false}; }
  std::unique_ptr<Client> connect() override { return std::make_unique<LruClient>(lru_); }

 private:
  Lru lru_;
};

}  // namespace

std::unique_ptr<Peer> make_locked_lru(std::size_t capacity_entries) {
  return std::make_unique<LockedLru>(capacity_entries);
}

}  // namespace bench
