// Reads stored values that a stranger wrote or that were damaged: the content word, compression, and typed values on
// top of them, as an application reads them.
//
//   mode | level | content word (4) | four damages: place (2), flip | bytes
//
// Whatever lies in a store, a read is a value or a miss that says why. Damage to a compressed value is a miss: it is
// never another value. What is found is what can be stored and found again.
#include "byte_source.h"
#include "codec/envelope.h"
#include "require.h"

#include <freshet/cache.h>
#include <freshet/describe_content.h>
#include <freshet/testing.h>

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace freshet;
using namespace freshet::codec;
using fuzz::require;

struct Item {
  int id = 0;
  std::string name;
  std::vector<double> prices;
  std::optional<bool> sold;
  std::map<std::string, std::vector<std::byte>> parts;
};

struct Damages {
  struct One {
    std::uint16_t place;
    std::uint8_t flip;
  };
  std::array<One, 4> one;

  explicit Damages(fuzz::ByteSource& input) {
    for (One& damage : one) damage = {input.number<std::uint16_t>(), input.number<std::uint8_t>()};
  }
  std::string done_to(std::string bytes, std::size_t from = 0) const {
    if (bytes.size() <= from) return bytes;
    for (const One& damage : one) {
      char& at = bytes[from + damage.place % (bytes.size() - from)];
      at = static_cast<char>(at ^ damage.flip);
    }
    return bytes;
  }
};

const Cache& cache() {
  static const Cache cache = [] {
    CacheOptions options;
    options.compress_above = 64;
    testing::InProcessOptions store;
    store.entries = 16;
    store.max_value_bytes = std::size_t{256} << 20;
    return open(testing::in_process_store(store), options);
  }();
  return cache;
}

void put_raw(std::uint32_t content, std::string_view bytes) {
  PutRequest request;
  const std::string key = stored_key("", "", "stored");
  request.key = key;
  request.value = std::as_bytes(std::span(bytes));
  request.meta.stored_at = system_clock()->now();
  request.meta.fresh_until = request.meta.keep_until = kNever;
  request.meta.content = content;
  require(cache().store()->put(request) == Reason::stored, "the store takes it");
}

std::string get_raw(std::uint32_t& content) {
  std::string bytes;
  const Fetch fetch = cache().store()->get(stored_key("", "", "stored"), system_clock()->now(), bytes);
  require(fetch.found, "the store has it");
  content = fetch.meta.content;
  return bytes;
}

bool is_sound(std::uint32_t content) {
  return content >> kVersionShift == kContentVersion && (content & kReservedBit) == 0;
}

// A value or a miss that says why; and what was found is found again after it was stored.
template <class T>
Reason read_as(std::uint32_t content) {
  const Result<T> found = cache().get<T>("stored");
  require(found.has_value() == (found.reason() == Reason::hit), "a hit has a value, and nothing else has");
  if (!found) {
    require(kind(found.reason()) == ReasonKind::miss && found.reason() != Reason::miss_absent, "a miss says why");
    require(is_sound(content) || found.reason() == Reason::miss_undecodable, "another version is not read");
    return found.reason();
  }
  require(is_sound(content), "what another version wrote is not taken for a value");
  const Reason stored = cache().set("again", *found);
  require(stored == Reason::stored || stored == Reason::stored_negative, "what was read can be stored");
  const Result<T> again = cache().get<T>("again");
  require(again.has_value(), "and read again");
  if constexpr (requires { *found == *again; }) require(*found == *again, "as the same value");
  std::string once;
  std::string twice;
  require(detail::write_value(*found, once) == detail::write_value(*again, twice) && once == twice, "byte by byte");
  return Reason::hit;
}

void read_as_all(std::uint32_t content) {
  require(!describe_content(content).empty(), "a word can be told");
  read_as<Item>(content);
  read_as<std::string>(content);
  read_as<std::optional<std::string>>(content);
  read_as<std::vector<std::vector<std::int64_t>>>(content);
  read_as<Bytes>(content);
  const Pinned pinned = cache().pin("stored");
  require(pinned.has_value() || pinned.reason() != Reason::hit, "a pin that holds nothing says why");
}

void hostile(std::uint32_t content, const std::string& bytes) {
  std::string opened = bytes;
  const auto why_not = open_envelope(content, kAnyShape, opened);
  require(!why_not || *why_not == Reason::miss_undecodable, "any shape will do");
  require(is_sound(content) || why_not, "another version is not opened");
  if (!why_not && !is_compressed(content)) require(opened == bytes, "what is not compressed is as it was");
  put_raw(content, bytes);
  read_as_all(content);
}

void compressed_and_damaged(int level, const Damages& damages, std::string_view some) {
  // Repeated, or nothing of it would be worth compressing.
  std::string plain;
  while (plain.size() < 4 * some.size()) plain += some;
  std::string bytes = plain;
  std::uint32_t content = content_word(Encoding::raw, kAnyShape);
  compress_if_worthwhile(bytes, content, 1, level);
  require(is_compressed(content) || bytes == plain, "what is not worth it stays as it is");
  require(!is_compressed(content) || bytes.size() <= plain.size() - plain.size() / 10, "a frame saves a tenth");
  std::string opened = bytes;
  require(!open_envelope(content, kAnyShape, opened) && opened == plain, "what was compressed comes back");
  if (!is_compressed(content)) return;

  // Behind the magic number and the descriptor: that says whether there is a checksum at all.
  std::string damaged = damages.done_to(bytes, 5);
  const auto why_not = open_envelope(content, kAnyShape, damaged);
  require(why_not ? *why_not == Reason::miss_undecodable : damaged == plain, "what is damaged is a miss, or the same");
  for (const std::size_t size : {bytes.size() - 1, std::size_t{damages.one[0].place} % bytes.size()}) {
    std::string cut = bytes.substr(0, size);
    require(open_envelope(content, kAnyShape, cut).has_value(), "what is cut short is a miss");
  }
  std::string longer = bytes + std::string(some.substr(0, 1));
  require(open_envelope(content, kAnyShape, longer).has_value(), "so is what something follows");
}

void typed_and_damaged(std::uint32_t flips, const Damages& damages, std::string_view some) {
  Item item;
  if (!decode(std::as_bytes(std::span(some)), item)) {
    // Not one by itself: made of it.
    item.name = some;
    item.prices.assign(some.size() % 7, static_cast<double>(flips));
    item.parts[std::string(some.substr(0, 9))] = {std::byte{1}, static_cast<std::byte>(flips)};
  }
  require(cache().set("stored", item) == Reason::stored, "a value is stored");
  std::uint32_t content = 0;
  const std::string bytes = get_raw(content);
  require(read_as<Item>(content) == Reason::hit, "and found");
  require(cache().get<std::string>("stored").reason() == Reason::miss_other_shape, "by its own type only");

  put_raw(content, damages.done_to(bytes));
  read_as_all(content);
  put_raw(content ^ flips, bytes);
  read_as_all(content ^ flips);
  if (((content ^ flips) & kShapeMask) != (content & kShapeMask) && shape_of(content ^ flips) != kAnyShape) {
    require(!cache().get<Item>("stored"), "what says that it is of another type is not read");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::ByteSource input(data, size);
  const auto mode = input.number<std::uint8_t>();
  const int level = input.number<std::uint8_t>() % 20;
  auto content = input.number<std::uint32_t>();
  const Damages damages(input);
  const std::string bytes(input.rest());
  switch (mode % 3) {
    case 0:
      // Most of the time of the version that is read, or nothing behind it would be reached.
      if (mode < 128) content = (content & ~(15U << kVersionShift) & ~kReservedBit) | kContentVersion << kVersionShift;
      hostile(content, bytes);
      break;
    case 1:
      compressed_and_damaged(level, damages, bytes);
      break;
    default:
      typed_and_damaged(content, damages, bytes);
      break;
  }
  return 0;
}
