// Opens a segment file whose bytes are damaged, and uses it as an application would. The input says what is damaged:
// see segment_damage.h.
//
// A refusal is an answer, if it names the place. What is not refused must serve every call, and what is stored in it
// from then on is found whole: damage that was there before may lose entries, never mix them.
#include "platform/dice.h"
#include "require.h"
#include "segment/layout.h"
#include "segment/segment.h"
#include "segment_damage.h"
#include "store/segment_store.h"

#include <freshet/error.h>

#define XXH_INLINE_ALL
#include <array>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <xxhash.h>

namespace {

using namespace freshet;
using fuzz::require;
using segment::Superblock;

constexpr std::uint64_t kSize = segment::kMinSizeBytes;
const Instant kNow{std::chrono::hours(24 * 365 * 50)};
const std::array<std::string, 2> kTags = {"red", "green"};
/// Of the entries in the image: those that were not evicted again.
constexpr std::uint32_t kFirstOld = 600;
constexpr std::uint32_t kOld = 1400;
constexpr std::uint32_t kLarge = 10'000;
constexpr std::uint32_t kNew = 100'000;

const std::string& path() {
  static const std::string path = std::string(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") +
                                  "/freshet-segment-fuzz." + std::to_string(::getpid());
  return path;
}

std::unique_ptr<SegmentStore> open(segment::IfAbsent if_absent = segment::IfAbsent::create) {
  // Attaching takes the size as it is.
  const char* size = if_absent == segment::IfAbsent::create ? "?size=1MiB" : "";
  const auto placement = segment::parse_placement("file:" + path() + size);
  return std::make_unique<SegmentStore>(segment::Segment::open(placement, if_absent));
}

// The file's bytes, mapped for as long as we run: an image is put there by a copy, without a system call for each page.
class Place {
 public:
  Place() : fd_(::open(path().c_str(), O_RDWR | O_CLOEXEC)) {
    void* at = ::mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (fd_ < 0 || at == MAP_FAILED) std::abort();
    at_ = static_cast<char*>(at);
  }
  std::string read() const { return {at_, kSize}; }
  void write(const std::string& image, std::uint64_t length) {
    if (::ftruncate(fd_, kSize) != 0) std::abort();
    std::memcpy(at_, image.data(), image.size());
    if (length != kSize && ::ftruncate(fd_, static_cast<off_t>(length)) != 0) std::abort();
  }

 private:
  int fd_;
  char* at_;
};

std::string key_of(std::uint32_t i) {
  return (i % 7 == 6 ? std::string(300, 'k') : std::string()) + "key " + std::to_string(i);
}

// A piece of noise that the key's number chooses, so that a mixture shows.
std::string_view value_of(std::uint32_t i, std::size_t bytes) {
  static const std::string noise = [] {
    std::minstd_rand random(1);
    std::string all(256 * 1024, '\0');
    for (char& c : all) c = static_cast<char>(random() >> 8);
    return all;
  }();
  return std::string_view(noise).substr(std::size_t{i} * 7919 % (noise.size() - 90'000), bytes);
}

Reason put(Store& store, std::uint32_t i, std::string_view value) {
  PutRequest request;
  const std::string key = key_of(i);
  request.key = key;
  request.value = std::as_bytes(std::span(value));
  request.meta.stored_at = kNow;
  request.meta.fresh_until = kNow + std::chrono::seconds(30 * (i % 50 + 1));
  request.meta.keep_until = request.meta.fresh_until + std::chrono::seconds(i % 3);
  request.meta.load_cost = Duration(i % 5 * 100);
  request.meta.content = i % 11;
  if (i % 4 == 1) request.tags = kTags;
  return store.put(request);
}

void put_old(Store& store, std::uint32_t i, std::size_t bytes) {
  require(put(store, i, value_of(i, bytes)) == Reason::stored, "the whole image takes every entry");
}

// The undamaged image: the same bytes in every run but for the process's and the machine's marks, because the secret
// is fixed.
fuzz::Image make_image() {
  platform::load_dice(1);
  ::unlink(path().c_str());
  std::atexit([] { ::unlink(path().c_str()); });
  open().reset();
  Place place;
  std::string image = place.read();
  std::memset(image.data() + offsetof(Superblock, hash_secret), 0x5A, sizeof(Superblock::hash_secret));
  const std::uint64_t sum = XXH3_64bits(image.data(), offsetof(Superblock, checksum));
  std::memcpy(image.data() + offsetof(Superblock, checksum), &sum, sizeof(sum));
  place.write(image, kSize);
  {
    const auto store = open();
    for (std::uint32_t i = 0; i < kOld; ++i) put_old(*store, i, i % 40 * 36);  // more than fits: ghosts
    put_old(*store, kLarge, 60'000);                                           // runs over many blocks
    put_old(*store, kLarge + 1, 90'000);
    std::string value;
    for (std::uint32_t i = kFirstOld; i < kOld; i += 3) (void)store->get(key_of(i), kNow, value);
    for (std::uint32_t i = kFirstOld; i < kOld; i += 9) (void)store->erase(key_of(i + 1));
    store->invalidate_tag("blue");
    // Overdue at once: else every later put would look for it.
    (void)store->acquire("left", Duration(1));
  }
  return fuzz::Image(place.read());
}

void read_old(Store& store, std::uint32_t step = 1) {
  std::string value;
  for (std::uint32_t i = kFirstOld; i < kOld; i += step) (void)store.get(key_of(i), kNow, value);
  for (std::uint32_t i = kFirstOld; i < kOld; i += 13) (void)store.explain(key_of(i), kNow);
  for (const std::uint32_t i : {kOld - 10, kOld - 1, kLarge, kLarge + 1}) {
    Fetch fetch;
    std::size_t sum = 0;
    if (const auto pinned = store.pin(key_of(i), kNow, fetch)) {
      for (const auto piece : pinned->pieces()) {
        for (const std::byte b : piece) sum += static_cast<std::size_t>(b);
      }
    }
    // So that the bytes are read indeed.
    require(sum != SIZE_MAX, "a sum");
  }
}

// What was stored is found whole or not at all, read either way. True when it is found.
bool check(Store& store, std::uint32_t i, std::string_view stored, bool in_place) {
  static std::string value;
  const std::string key = key_of(i);
  const Fetch fetch = store.get(key, kNow, value);
  require(!fetch.found || value == stored, "what is found is what was stored");
  require(!fetch.found || fetch.meta.content == i % 11, "with what was stored beside it");
  if (!in_place) return fetch.found;
  Fetch seen;
  if (const auto pinned = store.pin(key, kNow, seen)) {
    std::string joined;
    for (const auto piece : pinned->pieces()) joined.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    require(joined == stored, "what is read in place is what was stored");
  }
  const Explanation told = store.explain(key, kNow);
  require(!told.fetch.found || told.value_bytes == stored.size(), "what is explained is what was stored");
  require(!told.fetch.found || told.tags.size() == (i % 4 == 1 ? kTags.size() : 0), "with its tags");
  return fetch.found;
}

void change_old(Store& store) {
  for (std::uint32_t i = kFirstOld; i < kOld; i += 6) {
    Retime times;
    times.fresh_until = kNow + std::chrono::seconds(i);
    times.keep_until = kNow + std::chrono::seconds(2 * i);
    (void)store.retime(key_of(i), kNow, times);
    if (i % 4 == 0) (void)store.erase(key_of(i + 2));
  }
  for (const char* key : {"left", "loaded"}) {
    const Acquire lease = store.acquire(key, std::chrono::seconds(1));
    require(lease.status == Acquire::Status::granted, "nobody else is loading");
    store.release(key, lease.lease, LoadEnd::failed, "no");
    require(!store.explain(key, kNow).loading, "a load that ended has ended");
  }
  store.invalidate_tag("red");
}

// As much as brings every block to its queue's end.
void churn(Store& store) {
  for (std::uint32_t i = 0; i < 450; ++i) {
    // Every third is one of the image, with another value.
    const std::uint32_t key = i % 3 == 0 ? kFirstOld + i / 3 * 5 : kNew + i;
    const std::string_view value = value_of(key + 1, i % 100 == 99 ? 30'000 : i % 40 * 90);
    require(put(store, key, value) == Reason::stored, "there is room");
    if (key >= kNew) require(check(store, key, value, i % 16 == 1), "what was stored is there");
  }
  (void)put(store, kLarge, value_of(kLarge + 1, 70'000));
}

void check_sums(Store& store) {
  const Stats stats = store.stats();
  require(stats.bytes_used + stats.bytes_index <= stats.bytes_capacity, "no more is used than there is");
  require(stats.entries <= stats.bytes_index / 8, "no more entries than slots");
}

void use(Store& store, unsigned flags) {
  std::size_t left = 0;
  store.on_removal([&left](std::string_view key, Reason) {
    require(key.size() <= kMaxStoredKeyBytes, "a key's size");
    ++left;
  });
  check_sums(store);
  read_old(store);
  change_old(store);
  if ((flags & fuzz::kSkipChurn) == 0) churn(store);
  check_sums(store);

  const std::string_view value = value_of(kNew, 500);
  const bool stored = put(store, kNew, value) == Reason::stored;
  require(check(store, kNew, value, true) == stored, "what was stored is there, and what was refused is not");
  require(store.erase(key_of(kNew)) == Reason::erased || !stored, "what was stored can be erased");
  require(!check(store, kNew, value, false), "what was erased is gone");
  if (put(store, kNew + 1, value) == Reason::stored) {
    store.clear();
    require(!check(store, kNew + 1, value, false), "what was there before a clear is gone");
  }
  read_old(store, 4);
  store.on_removal({});
}

void reopen_and_use() {
  const auto store = open();
  check_sums(*store);
  read_old(*store, 4);
  for (std::uint32_t i = kNew; i < kNew + 40; ++i) {
    const std::string_view value = value_of(i, i % 20 * 100);
    if (put(*store, i, value) == Reason::stored) require(check(*store, i, value, true), "what was stored is there");
  }
  check_sums(*store);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const fuzz::Image whole = make_image();
  static Place place;
  static std::string image;
  if (size == 0) return 0;
  image = whole.bytes();
  std::uint64_t length = 0;
  whole.damage({data, size}, image, length);
  // The same input, the same way.
  platform::load_dice(1);
  place.write(image, length);
  const unsigned flags = data[0];
  try {
    const auto store = open((flags & fuzz::kAttachOnly) != 0 ? segment::IfAbsent::refuse : segment::IfAbsent::create);
    use(*store, flags);
  } catch (const ConfigError& error) {
    require(std::strstr(error.what(), path().c_str()) != nullptr, "a refusal names the place");
    return 0;
  }
  // What we used and closed is one that we open.
  if ((flags & fuzz::kReopen) != 0) reopen_and_use();
  return 0;
}
