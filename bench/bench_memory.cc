// How much a segment holds: it is filled with more than fits, and what is still there is counted by reading it back.
// Beside memcached and Redis with the same limit. And what a process that only reads adds to the memory of the host.
// Run: ./dev bench memory
#include "load/keys.h"
#include "measure/own_memory.h"
#include "peers/freshet_caches.h"
#include "peers/memcached.h"
#include "peers/redis.h"
#include "peers/temporary_place.h"
#include "report/command_line.h"
#include "report/outcome.h"
#include "report/text_table.h"

#include <freshet/attach.h>

#include <chrono>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>

namespace {

using namespace bench;

constexpr std::uint64_t kMiB = 1 << 20;

struct Settings {
  std::vector<std::uint64_t> sizes = {256 * kMiB};
  std::vector<std::uint64_t> value_bytes = {100, 1024};
  bool without_peers = false;
  bool json = false;
};

struct Held {
  std::uint64_t entries = 0;
  std::uint64_t wrong = 0;
  double share = 0;  ///< of capacity / (key + value)
};

// Three entries for every two that could fit if nothing but their bytes took room.
std::uint64_t offered(std::uint64_t capacity, std::uint64_t value_bytes) {
  return capacity / (kKeyBytes + value_bytes) * 3 / 2;
}

Held fill_and_count(Peer& peer, std::uint64_t capacity, std::uint64_t value_bytes) {
  const std::uint64_t entries = offered(capacity, value_bytes);
  const auto client = peer.connect();
  client->fill(0, entries, value_bytes);
  Held held;
  held.entries = client->count_held(0, entries, value_bytes, held.wrong);
  held.share = static_cast<double>(held.entries * (kKeyBytes + value_bytes)) / static_cast<double>(capacity);
  return held;
}

// What `bench_memory --attached URL ENTRIES VALUE_BYTES` prints: the growth while it read, in bytes, and the hits.
struct Attached {
  long long resident = 0;
  long long private_dirty = 0;
  long long anonymous = 0;
  unsigned long long hits = 0;
};

int read_attached(const char* url, std::uint64_t entries, std::uint64_t value_bytes) {
  const auto store = freshet::attach(url);
  const auto now = freshet::system_clock()->now();
  std::string value;
  std::string key = key_of(0);
  const auto read = [&](std::uint64_t n) {
    key = key_of(n);
    return store->get(key, now, value).found && is_value(n, value_bytes, value);
  };
  // The first ones make what a process makes once: buffers, the counters of its thread.
  for (std::uint64_t n = 0; n < 1000; ++n) read(n);
  const OwnMemory before = OwnMemory::now();
  unsigned long long hits = 0;
  for (std::uint64_t n = 0; n < entries; ++n) hits += read(n) ? 1U : 0U;
  const OwnMemory after = OwnMemory::now();
  const auto growth = [](std::uint64_t from, std::uint64_t to) {
    return static_cast<long long>(to) - static_cast<long long>(from);
  };
  std::printf("%lld %lld %lld %llu\n", growth(before.resident_bytes, after.resident_bytes),
              growth(before.private_dirty_bytes, after.private_dirty_bytes),
              growth(before.anonymous_bytes, after.anonymous_bytes), hits);
  return 0;
}

Attached attached_reader(const std::string& url, std::uint64_t entries, std::uint64_t value_bytes) {
  char self[4096] = {};
  std::FILE* link = nullptr;
  if (realpath("/proc/self/exe", self) == nullptr) throw std::runtime_error("cannot find this executable");
  const std::string command = "'" + std::string(self) + "' --attached '" + url + "' " + std::to_string(entries) + " " +
                              std::to_string(value_bytes);
  link = popen(command.c_str(), "r");
  Attached a;
  const int read = link == nullptr
                       ? 0
                       : std::fscanf(link, "%lld %lld %lld %llu", &a.resident, &a.private_dirty, &a.anonymous, &a.hits);
  if (link == nullptr || pclose(link) != 0 || read != 4) throw std::runtime_error("the attached reader failed");
  return a;
}

class MemoryRun {
 public:
  MemoryRun(const Settings& settings, Outcome& outcome) : settings_(settings), outcome_(outcome) {}

  void run() {
    for (const std::uint64_t size : settings_.sizes) {
      for (const std::uint64_t value_bytes : settings_.value_bytes) {
        freshet(size, value_bytes, "never expires, no tag", {}, freshet::kForever);
        freshet(size, value_bytes, "an hour, one tag", {"shop:42"}, std::chrono::hours(1));
        if (settings_.without_peers) continue;
        const TemporaryPlace place;
        peer(*make_memcached(place.folder(), size / kMiB), "memcached -m", size, value_bytes);
        peer(*make_redis(place.folder(), size), "Redis maxmemory", size, value_bytes);
      }
    }
    if (outcome_.as_json()) return;
    std::printf("\n");
    held_.print();
    std::printf("\n");
    attached_.print();
  }

 private:
  void freshet(std::uint64_t size, std::uint64_t value_bytes, const std::string& entries,
               const std::vector<std::string>& tags, freshet::Duration ttl) {
    const std::string name = "freshet, " + entries;
    Outcome::progress("filling " + name);
    const TemporaryPlace place;
    const std::string url = place.shared_url("memory") + "?size=" + std::to_string(size / 1024) + "KiB";
    const auto peer = make_freshet(url, Reading::store, tags, ttl);
    const Held held = fill_and_count(*peer, size, value_bytes);
    tell(name, size, value_bytes, held);
    const std::string what = std::to_string(size / kMiB) + " MiB, " + std::to_string(value_bytes) + " B, " + entries;
    if (value_bytes == 100) outcome_.bar(what + ": held", held.share, 0.80);
    if (value_bytes == 1024) outcome_.bar(what + ": held", held.share, 0.92);

    const Attached reader = attached_reader(url, offered(size, value_bytes), value_bytes);
    attached_.add({what, grouped(reader.hits), kib(reader.resident), kib(reader.private_dirty), kib(reader.anonymous)});
    outcome_.add("attached_reader", {{"size_bytes", size},
                                     {"value_bytes", value_bytes},
                                     {"entries", entries},
                                     {"hits", reader.hits},
                                     {"resident_growth_bytes", reader.resident},
                                     {"private_dirty_growth_bytes", reader.private_dirty},
                                     {"anonymous_growth_bytes", reader.anonymous}});
    outcome_.bar(what + ": KiB that became private while an attached process read",
                 static_cast<double>(reader.private_dirty) / 1024, 64, true);
    outcome_.check(what + ": the attached process read what was counted", reader.hits == held.entries);
  }

  void peer(Peer& peer, const std::string& name, std::uint64_t size, std::uint64_t value_bytes) {
    Outcome::progress("filling " + name);
    tell(name, size, value_bytes, fill_and_count(peer, size, value_bytes));
  }

  void tell(const std::string& name, std::uint64_t size, std::uint64_t value_bytes, const Held& held) {
    const std::uint64_t ideal = size / (kKeyBytes + value_bytes);
    held_.add({std::to_string(size / kMiB) + " MiB, " + std::to_string(value_bytes) + " B: " + name,
               grouped(held.entries), grouped(ideal), fixed(100 * held.share, 1),
               held.entries == 0 ? ""
                                 : fixed(static_cast<double>(size) / static_cast<double>(held.entries) -
                                             static_cast<double>(kKeyBytes + value_bytes),
                                         1)});
    outcome_.add("held", {{"size_bytes", size},
                          {"value_bytes", value_bytes},
                          {"contender", name},
                          {"entries", held.entries},
                          {"of_capacity", held.share}});
    outcome_.check(name + ", " + std::to_string(value_bytes) + " B: every value read back was right",
                   held.wrong == 0 && held.entries > 0);
  }

  static std::string kib(long long bytes) { return std::to_string(bytes / 1024); }

  const Settings& settings_;
  Outcome& outcome_;
  TextTable held_{{"filled until it evicts", "entries held", "capacity / (key + value)", "percent", "B beside each"}};
  TextTable attached_{
      {"attached, reading all", "entries read", "resident KiB", "private dirty KiB", "heap and stack KiB"}};
};

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc == 5 && std::strcmp(argv[1], "--attached") == 0) {
      return read_attached(argv[2], std::stoull(argv[3]), std::stoull(argv[4]));
    }
    Settings settings;
    CommandLine line("memory", "How many entries a segment holds, beside memcached and Redis; and what readers add.");
    line.sizes("--sizes", settings.sizes, "capacities, such as 16MiB,1GiB (256MiB)");
    line.sizes("--values", settings.value_bytes, "sizes of values (100,1024)");
    line.flag("--without-peers", settings.without_peers, "only freshet");
    line.flag("--json", settings.json, "one JSON object instead of text");
    line.parse(argc, argv);
    Outcome outcome("memory", settings.json);
    outcome.settings() = {{"sizes", settings.sizes}, {"value_bytes", settings.value_bytes}};
    MemoryRun(settings, outcome).run();
    return outcome.finish();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_memory: %s\n", error.what());
    return 1;
  }
}
