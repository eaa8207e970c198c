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

constexpr std::uint64_t kSmall = segment::kMinSizeBytes;
constexpr std::uint64_t kWithTwoShards = std::uint64_t{64} << 20;
const Instant kNow{std::chrono::hours(24 * 365 * 50)};
const std::array<std::string, 2> kTags = {"red", "green"};
/// Of the entries in the image: those that were not evicted again.
constexpr std::uint32_t kFirstOld = 600;
constexpr std::uint32_t kOld = 1400;
constexpr std::uint32_t kLarge = 10'000;
constexpr std::uint32_t kNew = 100'000;

// A file for segments of one size, mapped for as long as we run: an image is put there by a copy, without a system call
// for each page.
class Place {
 public:
  Place(std::string_view name, std::uint64_t size)
      : path_(std::string(::access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp") + "/freshet-segment-fuzz." +
              std::string(name) + std::to_string(::getpid())),
        size_(size) {
    ::unlink(path_.c_str());
    open().reset();
    fd_ = ::open(path_.c_str(), O_RDWR | O_CLOEXEC);
    void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
    if (fd_ < 0 || at == MAP_FAILED) std::abort();
    at_ = static_cast<char*>(at);
  }
  ~Place() { ::unlink(path_.c_str()); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

  const std::string& path() const { return path_; }
  std::span<char> bytes() const { return {at_, size_}; }

  std::unique_ptr<SegmentStore> open(segment::IfAbsent if_absent = segment::IfAbsent::create) const {
    std::string url = "file:" + path_;
    // Attaching takes the size as it is.
    if (if_absent == segment::IfAbsent::create) url += "?size=" + std::to_string(size_);
    return std::make_unique<SegmentStore>(segment::Segment::open(segment::parse_placement(url), if_absent));
  }
  void set_length(std::uint64_t bytes) const {
    if (::ftruncate(fd_, static_cast<off_t>(bytes)) != 0) std::abort();
  }
  void put(const fuzz::Image& image, std::span<const std::uint8_t> damage) const {
    if (size_ > kSmall) {
      // What is cut off comes back as zeros: less work than to write them.
      set_length(0);
      set_length(size_);
      image.put_into_zeros(bytes());
    } else {
      set_length(size_);
      std::memcpy(at_, image.bytes().data(), size_);
    }
    set_length(image.damage(damage, bytes()));
  }

 private:
  std::string path_;
  std::uint64_t size_;
  int fd_ = -1;
  char* at_ = nullptr;
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
fuzz::Image make_image(const Place& place) {
  platform::load_dice(1);
  const std::span<char> bytes = place.bytes();
  std::memset(bytes.data() + offsetof(Superblock, hash_secret), 0x5A, sizeof(Superblock::hash_secret));
  const std::uint64_t sum = XXH3_64bits(bytes.data(), offsetof(Superblock, checksum));
  std::memcpy(bytes.data() + offsetof(Superblock, checksum), &sum, sizeof(sum));
  {
    const auto store = place.open();
    // Into the small one this is more than fits: it has ghosts.
    for (std::uint32_t i = 0; i < kOld; ++i) put_old(*store, i, i % 40 * 36);
    put_old(*store, kLarge, 60'000);  // runs over many blocks
    put_old(*store, kLarge + 1, 90'000);
    std::string value;
    for (std::uint32_t i = kFirstOld; i < kOld; i += 3) (void)store->get(key_of(i), kNow, value);
    for (std::uint32_t i = kFirstOld; i < kOld; i += 9) (void)store->erase(key_of(i + 1));
    store->invalidate_tag("blue");
    // Overdue at once: else every later put would look for it.
    (void)store->acquire("left", Duration(1));
  }
  return fuzz::Image(std::string(bytes.begin(), bytes.end()));
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
void churn(Store& store, std::uint64_t size) {
  static const std::string large(kWithTwoShards / 8, 'l');
  for (std::uint64_t filled = 0; size > kSmall && filled < size; filled += large.size()) {
    const auto key = kNew + 1000 + static_cast<std::uint32_t>(filled >> 20);
    require(put(store, key, large) == Reason::stored, "there is room for large values");
  }
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
  if ((flags & fuzz::kSkipChurn) == 0) churn(store, store.stats().size_bytes);
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

void reopen_and_use(const Place& place) {
  const auto store = place.open();
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
  static const Place small("small.", kSmall);
  static const Place large("large.", kWithTwoShards);
  static const fuzz::Image small_image = make_image(small);
  static const fuzz::Image large_image = make_image(large);
  if (size == 0) return 0;
  const unsigned flags = data[0];
  const Place& place = (flags & fuzz::kTwoShards) != 0 ? large : small;
  place.put((flags & fuzz::kTwoShards) != 0 ? large_image : small_image, {data, size});
  // The same input, the same way.
  platform::load_dice(1);
  try {
    const auto store =
        place.open((flags & fuzz::kAttachOnly) != 0 ? segment::IfAbsent::refuse : segment::IfAbsent::create);
    use(*store, flags);
  } catch (const ConfigError& error) {
    require(std::strstr(error.what(), place.path().c_str()) != nullptr, "a refusal names the place");
    return 0;
  }
  // What we used and closed is one that we open.
  if ((flags & fuzz::kReopen) != 0) reopen_and_use(place);
  return 0;
}
