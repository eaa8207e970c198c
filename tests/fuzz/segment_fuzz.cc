// Attaches to a segment file whose bytes are damaged, and uses it as an application would. The input lists the damage:
//
//   flags (1: the checksum is mended) | { part | place (2) | count | bytes ... } ...
//
// `part` chooses where the damage goes, so that small tables are hit as often as the log. A refusal is an answer;
// whatever is not refused must serve every call.
#include "segment/layout.h"
#include "segment/segment.h"
#include "store/segment_store.h"

#include <freshet/error.h>

#define XXH_INLINE_ALL
#include <array>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <xxhash.h>

namespace {

using namespace freshet;
using segment::Geometry;
using segment::Superblock;

constexpr std::uint64_t kSize = segment::kMinSizeBytes;
const Instant kNow{std::chrono::hours(24 * 365 * 50)};
const std::array<std::string, 2> kTags = {"red", "green"};

std::string path() {
  const char* folder = ::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";
  return std::string(folder) + "/freshet-segment-fuzz." + std::to_string(::getpid());
}

std::unique_ptr<SegmentStore> open() {
  const auto placement = segment::parse_placement("file:" + path() + "?size=1MiB");
  return std::make_unique<SegmentStore>(segment::Segment::open(placement, segment::IfAbsent::create));
}

std::string read_file() {
  std::ifstream in(path(), std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void write_file(const std::string& bytes) {
  std::ofstream out(path(), std::ios::binary | std::ios::in);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (!out.flush()) std::abort();
}

void mend_checksum(std::string& image) {
  const std::uint64_t sum = XXH3_64bits(image.data(), offsetof(Superblock, checksum));
  std::memcpy(image.data() + offsetof(Superblock, checksum), &sum, sizeof(sum));
}

std::string key_of(std::uint32_t i) { return "key " + std::to_string(i); }

void put(Store& store, std::uint32_t i, std::size_t bytes) {
  const std::string value(bytes, static_cast<char>('a' + i % 26));
  PutRequest request;
  const std::string key = i % 7 == 6 ? key_of(i) + std::string(300, 'k') : key_of(i);
  request.key = key;
  request.value = std::as_bytes(std::span(value));
  request.meta.stored_at = kNow;
  request.meta.fresh_until = kNow + std::chrono::seconds(30 * (i % 50 + 1));
  request.meta.keep_until = request.meta.fresh_until + std::chrono::seconds(i % 3);
  request.meta.load_cost = Duration(i % 5 * 100);
  request.meta.content = i % 11;
  if (i % 4 == 1) request.tags = kTags;
  (void)store.put(request);
}

// The undamaged image: the same bytes in every run but for the process's and the machine's marks, because the secret
// is fixed.
std::string make_image() {
  ::unlink(path().c_str());
  std::atexit([] { ::unlink(path().c_str()); });
  open().reset();
  std::string image = read_file();
  std::memset(image.data() + offsetof(Superblock, hash_secret), 0x5A, sizeof(Superblock::hash_secret));
  mend_checksum(image);
  write_file(image);
  {
    const auto store = open();
    for (std::uint32_t i = 0; i < 3000; ++i) put(*store, i, i % 40 * 20);  // more than fits: ghosts
    put(*store, 10'000, 60'000);                                           // runs over many blocks
    put(*store, 10'001, 90'000);
    std::string value;
    for (std::uint32_t i = 2500; i < 3000; i += 3) (void)store->get(key_of(i), kNow, value);
  }
  image = read_file();
  if (image.size() != kSize) std::abort();
  return image;
}

struct Part {
  std::uint64_t at;
  std::uint64_t bytes;
};

Part part_of(std::uint8_t choice, const Geometry& g) {
  const std::array<Part, 12> parts = {{{0, sizeof(Superblock)},
                                       {g.shards_at, g.eviction_at - g.shards_at},
                                       {g.eviction_at, g.processes_at - g.eviction_at},
                                       {g.processes_at, g.tags_at - g.processes_at},
                                       {g.tags_at, g.leases_at - g.tags_at},
                                       {g.leases_at, g.counters_at - g.leases_at},
                                       {g.counters_at, g.directories_at - g.counters_at},
                                       {g.directories_at, g.descriptors_at - g.directories_at},
                                       {g.descriptors_at, g.blocks * sizeof(segment::BlockDescriptor)},
                                       {g.descriptors_at, g.blocks * sizeof(segment::BlockDescriptor)},
                                       {g.log_at, 65536},
                                       {g.log_at, g.log_bytes()}}};
  return parts[choice % parts.size()];
}

void damage(std::string& image, std::span<const std::uint8_t> input) {
  const Geometry g = Geometry::of(kSize);
  std::size_t at = 1;
  while (at + 4 <= input.size()) {
    const Part part = part_of(input[at], g);
    const std::uint64_t drawn = std::uint64_t{input[at + 1]} << 8 | input[at + 2];
    const std::size_t count = std::min<std::size_t>(input[at + 3] % 16 + 1, input.size() - at - 4);
    const std::uint64_t start = part.at + drawn * part.bytes / 65536 / 4 * 4;
    at += 4;
    for (std::size_t i = 0; i < count && start + i < image.size(); ++i) {
      image[start + i] = static_cast<char>(input[at + i]);
    }
    at += count;
  }
  if ((input[0] & 1) != 0) mend_checksum(image);
}

void read_all(Store& store) {
  std::string value;
  for (std::uint32_t i = 0; i < 3000; i += 5) {
    (void)store.get(key_of(i), kNow, value);
    (void)store.explain(key_of(i), kNow);
  }
  for (const std::uint32_t i : {2990U, 2999U, 10'000U, 10'001U}) {
    Fetch fetch;
    std::size_t sum = 0;
    if (const auto pinned = store.pin(key_of(i), kNow, fetch)) {
      for (const auto piece : pinned->pieces()) {
        for (const std::byte b : piece) sum += static_cast<std::size_t>(b);
      }
    }
    // So that the bytes are read indeed.
    if (sum == SIZE_MAX) std::abort();
  }
}

void use(Store& store) {
  (void)store.stats();
  read_all(store);
  store.on_removal([](std::string_view key, Reason) {
    if (key.size() > kMaxStoredKeyBytes) std::abort();
  });
  for (std::uint32_t i = 2400; i < 3000; i += 4) {
    Retime times;
    times.fresh_until = kNow + std::chrono::seconds(i);
    times.keep_until = kNow + std::chrono::seconds(2 * i);
    (void)store.retime(key_of(i), kNow, times);
    if (i % 3 == 0) (void)store.erase(key_of(i + 1));
  }
  const Acquire lease = store.acquire("loaded", std::chrono::seconds(1));
  if (lease.status == Acquire::Status::granted) store.release("loaded", lease.lease, LoadEnd::failed, "no");
  store.invalidate_tag("red");
  // Enough to bring every block to its queue's end.
  for (std::uint32_t i = 2000; i < 5000; ++i) put(store, i, i % 60 * 20);
  put(store, 10'000, 70'000);
  store.clear();
  read_all(store);
  (void)store.stats();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string whole = make_image();
  if (size == 0) return 0;
  std::string image = whole;
  damage(image, {data, size});
  write_file(image);
  try {
    const auto store = open();
    use(*store);
  } catch (const ConfigError&) {
    // Refused: as good as served.
  }
  return 0;
}
