#include "tests/crash/soak/worker.h"

#include "bench/measure/own_memory.h"
#include "platform/pause_point.h"
#include "tests/crash/soak/client.h"
#include "tests/crash/soak/processor_wait.h"
#include "tests/crash/witness.h"

#include <csignal>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace freshet::soak {
namespace {

using namespace std::chrono_literals;
using witness::Dice;

Page* noted_page = nullptr;
Page* heeded_page = nullptr;
Process* heeded = nullptr;

void at_pause_point(const char* name) {
  const int dies_at = heeded->dies_at.load(std::memory_order_relaxed);
  if (dies_at >= 0 && std::string_view(witness::kPausePoints[dies_at].name) == name &&
      heeded->passages.fetch_sub(1) == 1) {
    // Late enough for the others to be waiting for what it holds.
    if (heeded->lingers) std::this_thread::sleep_for(1ms);
    ++heeded_page->died_at[dies_at];
    raise(SIGKILL);
  }
  // Now and then somebody else comes first just here.
  thread_local unsigned passed = 0;
  if (++passed % 64 == 0) std::this_thread::yield();
}

std::size_t some_bytes(Dice& random) {
  const unsigned dice = random() % 1000;
  if (dice < 700) return random() % 300;
  if (dice < 980) return random() % 10'000;  // straddles blocks
  if (dice < 997) return random() % 70'000;
  return 70'000 + random() % 400'000;  // filled outside the lock
}

class Worker {
 public:
  Worker(SegmentStore& store, const WorkingSet& set, Page& page, const Post& post, unsigned thread)
      : set_(set),
        page_(page),
        me_(page.process[post.process].caller[thread]),
        client_(store, page, me_),
        random_(post.seed * 31 + thread),
        first_(post.process * kThreads + thread),
        stride_(post.processes * kThreads),
        next_draw_(random_() % set.draws().size()) {}

  [[noreturn]] void run() {
    const ProcessorWait wait;
    for (std::int64_t before = wait.us();;) {
      if (page_.mode == Mode::rest) rest();
      step();
      ++me_.steps;
      const std::int64_t waited = wait.us();
      if (waited - before > page_.late_us.load(std::memory_order_relaxed)) raise_to(page_.late_us, waited - before);
      before = waited;
    }
  }

 private:
  void rest() {
    pins_.clear();
    me_.pins = 0;
    if (first_ % kThreads == 0) {
      page_.process[first_ / kThreads].private_bytes = bench::OwnMemory::now().private_dirty_bytes;
    }
    me_.rests = true;
    while (page_.mode == Mode::rest) std::this_thread::sleep_for(500us);
    me_.rests = false;
  }

  void step() {
    if (page_.process[first_ / kThreads].grows) return grow();
    const unsigned dice = random_() % 1000;
    if (dice < 350) {
      next_draw_ = (next_draw_ + 1) % set_.draws().size();
      client_.read_through(set_, set_.draws()[next_draw_]);
      return;
    }
    if (dice > 995) return write(own_key(), dice);
    const unsigned n = random_() % kKeys;
    const std::uint32_t expected = page_.settled[n].load(std::memory_order_acquire);
    const std::string key = versioned_key(n);
    if (dice < 550) {
      client_.get(key, expected);
    } else if (dice < 680) {
      // Looked up by the caller before: here is where it missed.
      if (!client_.get(key, expected)) {
        client_.load(static_cast<int>(n), key, tags_of(n), [&] { return value_of(n, page_.committed[n].load()); });
      }
    } else if (dice < 730) {
      if (auto pin = client_.pin(key, expected)) {
        pins_.push_back(std::move(pin));
        if (pins_.size() > 3) pins_.erase(pins_.begin());
        me_.pins = static_cast<std::uint32_t>(pins_.size());
      }
    } else if (dice < 760) {
      client_.retime(key);
    } else if (dice < 790) {
      client_.put_if(n, [&](std::uint32_t version) { return value_of(n, version); });
    } else {
      write(own_key(), dice);
    }
  }

  // Only one thread writes a key: else whoever commits later could store earlier, which no cache can mend.
  unsigned own_key() {
    const unsigned most = (kKeys - first_ + stride_ - 1) / stride_;
    return first_ + stride_ * (random_() % most);
  }
  std::string value_of(unsigned n, std::uint32_t version) {
    return witness::checkable(versioned_key(n), some_bytes(random_), version);
  }

  // The database first, then the cache; once that has returned, nothing older may be served.
  void write(unsigned n, unsigned dice) {
    const std::uint32_t version = page_.committed[n].fetch_add(1) + 1;
    const std::string key = versioned_key(n);
    const std::vector<std::string> tags = tags_of(n);
    if (dice < 950) {
      const std::string value = value_of(n, version);
      PutRequest put = witness::request(key, value);
      put.tags = tags;
      if (client_.put(Call::put, put) != Reason::stored) return;
    } else if (dice > 995 && page_.clears && random_() % 4000 == 0) {
      client_.clear();
    } else if (dice < 975 && !tags.empty()) {
      client_.invalidate_tag(tags.front());
    } else {
      client_.erase(key);
    }
    page_.settled[n].store(version, std::memory_order_release);
  }

  // So many small ones, which nobody had before, that the index grows.
  void grow() {
    for (int i = 0; i < 16; ++i) {
      const std::string key = "small " + std::to_string(page_.fresh_keys.fetch_add(1));
      const std::string value = witness::checkable(key, 0, random_());
      client_.put(Call::put, witness::request(key, value));
    }
  }

  const WorkingSet& set_;
  Page& page_;
  Caller& me_;
  Client client_;
  Dice random_;
  const unsigned first_;
  const unsigned stride_;
  std::size_t next_draw_;
  std::vector<std::unique_ptr<PinnedValue>> pins_;
};

}  // namespace

void note_continuations(Page& page) {
  noted_page = &page;
  std::signal(SIGCONT, [](int) { raise_to(noted_page->continued_us, now_us()); });
}

void heed_pause_points(Page& page, unsigned process) {
  // Whoever ends the supervisor ends them all.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  heeded_page = &page;
  heeded = &page.process[process];
  platform::pause_hook.store(&at_pause_point);
}

void work(const std::string& url, const WorkingSet& set, Page& page, const Post& post) {
  heed_pause_points(page, post.process);
  std::unique_ptr<witness::Opened> store;
  {
    const Stopwatch watch(page, page.process[post.process].caller[0], Call::open);
    store = std::make_unique<witness::Opened>(url);
  }
  std::vector<std::thread> threads;
  for (unsigned t = 1; t < kThreads; ++t) {
    threads.emplace_back([&, t] { Worker(*store->store, set, page, post, t).run(); });
  }
  Worker(*store->store, set, page, post, 0).run();
}

}  // namespace freshet::soak
