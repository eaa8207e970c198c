#include "tests/crash/soak/client.h"

#include <utility>

namespace freshet::soak {

using namespace std::chrono_literals;

namespace {

// Longer than any load takes, and than anybody may be blocked: a wait that lasts so long has noticed nothing.
constexpr Duration kMostWait = 5s;

}  // namespace

std::string versioned_key(unsigned n) { return "key " + std::to_string(n); }

std::vector<std::string> tags_of(unsigned n) {
  if (n % 2 != 0) return {};
  return {"tag " + std::to_string(n % 64)};
}

std::string key_of(const WorkingSet& set, int number) {
  const auto n = static_cast<unsigned>(number);
  return n < kKeys ? versioned_key(n) : set.key(n - kKeys);
}

void Client::look(const std::string& key, std::string_view bytes, std::uint32_t expected) {
  if (!witness::is_whole(key, bytes)) {
    ++page_.torn;
  } else if (witness::salt_of(bytes) < expected) {
    ++page_.outdated;
  }
}

bool Client::get(const std::string& key, std::uint32_t expected) {
  const bool found = timed(Call::get, [&] { return store_.get(key, witness::kNow, value_).found; });
  (found ? page_.hits : page_.misses).fetch_add(1, std::memory_order_relaxed);
  if (found) look(key, value_, expected);
  return found;
}

std::unique_ptr<PinnedValue> Client::pin(const std::string& key, std::uint32_t expected) {
  Fetch fetch;
  std::unique_ptr<PinnedValue> pin = timed(Call::pin, [&] { return store_.pin(key, witness::kNow, fetch); });
  if (pin) look(key, witness::joined(*pin), expected);
  return pin;
}

Reason Client::put(Call call, const PutRequest& request) {
  const Reason reason = timed(call, [&] { return store_.put(request); });
  if (reason == Reason::refused_no_space) ++page_.no_room;
  if (reason == Reason::refused_key_changed || reason == Reason::refused_invalidated ||
      reason == Reason::refused_lease_lost) {
    ++page_.refused;
  }
  return reason;
}

Reason Client::erase(const std::string& key) {
  return timed(Call::erase, [&] { return store_.erase(key); });
}

void Client::retime(const std::string& key) {
  const Retime times{add(witness::kNow, 10min), add(witness::kNow, 2h)};
  timed(Call::retime, [&] { return store_.retime(key, witness::kNow, times); });
}

void Client::invalidate_tag(const std::string& tag) {
  timed(Call::invalidate_tag, [&] { store_.invalidate_tag(tag); });
}

void Client::clear() {
  timed(Call::clear, [&] { store_.clear(); });
}

void Client::load(int number, const std::string& key, std::span<const std::string> tags,
                  const std::function<std::string()>& read) {
  const Acquire a = timed(Call::acquire, [&] { return store_.acquire(key, 1h); });
  if (a.status == Acquire::Status::busy) {
    timed(Call::wait, [&] { return store_.wait(key, a.lease, kMostWait); });
    return;
  }
  if (a.status != Acquire::Status::granted) return;
  me_.loads.store(number);
  if (a.lease.taken_over) ++page_.taken_over;
  if (get(key)) {
    timed(Call::release, [&] { store_.release(key, a.lease, LoadEnd::stored, {}); });
  } else {
    const std::string value = read();
    PutRequest fill = witness::request(key, value);
    fill.lease = a.lease;
    fill.tags = tags;
    put(Call::put, fill);
  }
  me_.loads.store(Caller::kNothing);
}

bool Client::can_load(const std::string& key) {
  const std::int64_t until = now_us() + kSecondUs;
  do {
    const Acquire a = timed(Call::acquire, [&] { return store_.acquire(key, 1h); });
    if (a.status == Acquire::Status::granted) {
      if (a.lease.taken_over) ++page_.taken_over;
      timed(Call::release, [&] { store_.release(key, a.lease, LoadEnd::not_stored, {}); });
      return true;
    }
    // Another survivor loads it.
    if (a.status == Acquire::Status::busy) {
      const Waited waited = timed(Call::wait, [&] { return store_.wait(key, a.lease, 1s); });
      if (waited.end != LoadEnd::timeout && waited.end != LoadEnd::owner_died) return true;
    }
  } while (now_us() < until);
  return false;
}

bool Client::read_through(const WorkingSet& set, unsigned n) {
  const std::string key = set.key(n);
  if (get(key)) return true;
  load(static_cast<int>(kKeys + n), key, {}, [&] { return set.value(n); });
  return false;
}

void Client::put_if(unsigned n, const std::function<std::string(std::uint32_t)>& make) {
  const std::string key = versioned_key(n);
  const std::uint32_t expected = page_.settled[n].load(std::memory_order_acquire);
  const Fetch fetch = timed(Call::get, [&] { return store_.get(key, witness::kNow, value_); });
  if (!fetch.found) return;
  look(key, value_, expected);
  const std::string value = make(witness::salt_of(value_));
  const std::vector<std::string> tags = tags_of(n);
  PutRequest changed = witness::request(key, value);
  changed.mode = PutMode::if_version;
  changed.meta.version = fetch.meta.version;
  changed.sequence = fetch.sequence;
  changed.tags = tags;
  put(Call::put_if, changed);
}

}  // namespace freshet::soak
