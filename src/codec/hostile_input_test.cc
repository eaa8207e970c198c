// Bytes that nobody wrote: no input may crash the decoder (the sanitizers watch), nor make it allocate out of
// proportion.
#include "codec/sample_values.h"

#include <atomic>
#include <gtest/gtest.h>
#include <new>

namespace {
// What the largest single allocation was since it was last set to 0.
std::atomic<std::size_t> largest_allocation{0};
}  // namespace

// Clang's thread sanitizer brings these operators itself and lets nobody replace them; there the bound on allocations
// is not measured, and every other build measures it.
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define FRESHET_ALLOCATIONS_UNSEEN
#endif
#endif

#ifndef FRESHET_ALLOCATIONS_UNSEEN
// Not inlined: the compiler would take malloc and free here for mismatched.
[[gnu::noinline]] void* operator new(std::size_t size) {
  std::size_t seen = largest_allocation.load();
  while (seen < size && !largest_allocation.compare_exchange_weak(seen, size)) {
  }
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace freshet {
namespace {

using sample::bytes_of;
using sample::encoded;
using sample::Everything;
using sample::Generator;
using sample::hex;

// No element of any type below takes more than this for each byte of input.
constexpr std::size_t kFactor = 64;

// A copy of exactly the size, so that a sanitizer sees every read outside of it.
template <class T>
bool reads(std::string_view input) {
  const std::vector<char> exact(input.begin(), input.end());
  T value{};
  largest_allocation = 0;
  const bool whole = decode(std::as_bytes(std::span(exact)), value);
  EXPECT_LE(largest_allocation.load(), std::max<std::size_t>(8192, kFactor * input.size())) << hex(input.substr(0, 64));
  return whole;
}

template <class... T>
void read_as_each(std::string_view input) {
  (reads<T>(input), ...);
}

void read_as_anything(std::string_view input) {
  read_as_each<Everything, sample::Node, std::vector<int>, std::vector<std::string>, std::vector<bool>,
               std::map<std::string, std::vector<std::uint8_t>>, std::set<std::string>, std::vector<std::vector<Bytes>>,
               std::variant<int, std::string, std::vector<double>>, std::optional<std::optional<int>>,
               std::vector<std::array<int, 100>>, std::vector<std::byte>, std::deque<std::tuple<int, float>>>(input);
}

std::string small_everything(std::uint64_t seed) {
  for (;; seed += 1000) {
    Generator random(seed);
    std::string bytes = encoded(random.make<Everything>());
    if (bytes.size() < 2000) return bytes;
  }
}

TEST(HostileInput, EveryTruncationIsRefused) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const std::string bytes = small_everything(seed);
    ASSERT_TRUE(reads<Everything>(bytes));
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      ASSERT_FALSE(reads<Everything>(std::string_view(bytes).substr(0, size))) << "seed " << seed << " size " << size;
    }
  }
}

TEST(HostileInput, EveryCorruptedByteIsSurvived) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const std::string bytes = small_everything(seed);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
      for (const int flip : {0x01, 0x02, 0x10, 0x40, 0x80, 0xff}) {
        std::string broken = bytes;
        broken[at] = static_cast<char>(broken[at] ^ flip);
        reads<Everything>(broken);
      }
    }
  }
}

TEST(HostileInput, RandomBytesAreSurvived) {
  for (std::uint64_t seed = 1; seed <= 5000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Generator random(seed);
    std::string bytes(random.below(200), '\0');
    for (char& c : bytes) c = static_cast<char>(random.below(2) == 0 ? 0x80 + random.below(0x60) : random.below(256));
    read_as_anything(bytes);
  }
}

TEST(HostileInput, DeclaredLengthsAreNotBelieved) {
  for (const std::string head : {"\xdd", "\xdf", "\xc6", "\xdb", "\xc9"}) {
    for (const std::string size : {"\xff\xff\xff\xff", "\x7f\xff\xff\xff", "\x01\x01\x01\x01"}) {
      read_as_anything(head + size);
      read_as_anything(head + size + std::string(1000, '\x90'));
      read_as_anything("\x91" + head + size + std::string(1000, '\x90'));
    }
  }
}

TEST(HostileInput, AnHonestCountOfLargeElementsIsNotAllocatedAhead) {
  // A million elements that begin well, each of which would take 4000 bytes.
  std::string bytes("\xdd\x00\x0f\x42\x40", 5);
  bytes.append(1'000'000, '\x01');
  const std::vector<char> exact(bytes.begin(), bytes.end());
  std::vector<std::array<int, 1000>> value;
  largest_allocation = 0;
  EXPECT_FALSE(decode(std::as_bytes(std::span(exact)), value));
  EXPECT_LE(largest_allocation.load(), 2 * bytes.size() + 8192);
}

TEST(HostileInput, DeepNestingIsRefusedWithoutDeepRecursion) {
  for (const char mark : {'\x91', '\x81', '\x92'}) {
    const std::string bytes(1'000'000, mark);
    read_as_each<sample::Node, std::vector<int>>(bytes);
    Decoder in(bytes_of(bytes));
    EXPECT_FALSE(in.skip());
  }
  struct Deep {
    std::vector<Deep> inner;
  };
  EXPECT_FALSE(reads<Deep>(std::string(1'000'000, '\x91')));
  EXPECT_TRUE(reads<Deep>(std::string(kMaxNesting - 1, '\x91') + '\x90') ==
              ((kMaxNesting % 2) == 0));  // a Deep is two levels: itself and its list
}

TEST(HostileInput, AStructOfAnotherShapeIsRefusedWhereTheBytesDiffer) {
  struct Version1 {
    int id = 0;
    std::string name;
  };
  struct Version2 {
    int id = 0;
    std::string name;
    bool active = false;
  };
  EXPECT_FALSE(reads<Version2>(encoded(Version1{1, "a"})));
  EXPECT_FALSE(reads<Version1>(encoded(Version2{1, "a", true})));
  EXPECT_NE(shape_digest<Version1>(), shape_digest<Version2>());
}

}  // namespace
}  // namespace freshet
