// How libFuzzer changes an input of the segment target: it adds, changes and drops damages, with numbers that mean
// something in a segment. Bytes flipped at random would mostly hit what nobody reads.
#include "segment/layout.h"
#include "segment_damage.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* bytes, std::size_t size, std::size_t most);

namespace {

using namespace freshet;
using namespace freshet::fuzz;

constexpr std::array<std::uint32_t, 22> kTelling = {
    0,    1,    2,    3,     4,          12,         44,         64,         1023,       1024,       4092,
    4095, 4096, 4097, 65535, 0x00FFFFFF, 0x01000000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF, 0x55555555};

std::uint32_t draw_value(std::minstd_rand& random) {
  static const segment::Geometry g = segment::Geometry::of(segment::kMinSizeBytes);
  switch (random() % 5) {
    case 0:
      return kTelling[random() % kTelling.size()];
    case 1:
      return static_cast<std::uint32_t>(random() % (g.blocks + 2));
    case 2:
      return std::uint32_t{1} << random() % 32;
    case 3:
      return static_cast<std::uint32_t>(-static_cast<std::int32_t>(random() % 64));
    default:
      return static_cast<std::uint32_t>(random()) * 2654435761U;
  }
}

Damage draw(std::minstd_rand& random) {
  Damage d;
  d.part = static_cast<Part>(random() % static_cast<unsigned>(Part::kCount));
  d.how = static_cast<How>(random() % static_cast<unsigned>(How::kCount));
  // The fields of a header, or of a slot's upper half; elsewhere each word is a spot of its own.
  d.fine = d.part == Part::headers || d.part == Part::slots ? random() % (d.part == Part::slots ? 2 : 6) : 0;
  d.place = static_cast<std::uint16_t>(random());
  d.value = draw_value(random);
  return d;
}

}  // namespace

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* bytes, std::size_t size, std::size_t most, unsigned seed) {
  std::minstd_rand random(seed);
  if (most < 1 + kDamageBytes) return LLVMFuzzerMutate(bytes, size, most);
  if (size == 0) bytes[0] = 0;
  std::size_t count = size < 1 + kDamageBytes ? 0 : (size - 1) / kDamageBytes;
  const std::size_t room = std::min(kMostDamages, (most - 1) / kDamageBytes);
  const auto at = [&](std::size_t i) { return bytes + 1 + i * kDamageBytes; };
  count = std::min(count, room);
  switch (const auto what = random() % 10; count == 0 ? 0 : what) {
    case 0:
    case 1:
    case 2:
      if (count == room) --count;
      write_damage(draw(random), at(count++));
      break;
    case 3:
      std::memmove(at(random() % count), at(count - 1), kDamageBytes);
      --count;
      break;
    case 4:
      bytes[0] ^= static_cast<std::uint8_t>(1U << random() % 4);
      // Seldom, and seldom filled: it takes far longer.
      if (random() % 64 == 0) bytes[0] ^= kTwoShards;
      if ((bytes[0] & kTwoShards) != 0 && random() % 16 != 0) bytes[0] |= kSkipChurn;
      break;
    case 5: {
      // The same again, near by: two slots, two neighbouring blocks.
      if (count == room) break;
      Damage d = read_damage(at(random() % count));
      d.place = static_cast<std::uint16_t>(d.place + random() % 65 - 32);
      write_damage(d, at(count++));
      break;
    }
    default: {
      std::uint8_t* const one = at(random() % count);
      Damage d = read_damage(one);
      const Damage other = draw(random);
      switch (random() % 6) {
        case 0:
          d.part = other.part;
          break;
        case 1:
          d.how = other.how;
          break;
        case 2:
          d.place = other.place;
          break;
        case 3:
          d.place = static_cast<std::uint16_t>(d.place + random() % 9 - 4);
          break;
        case 4:
          d.value = other.value;
          break;
        default:
          d.value += random() % 2 == 0 ? 1U : static_cast<std::uint32_t>(-1);
          break;
      }
      write_damage(d, one);
      break;
    }
  }
  return 1 + count * kDamageBytes;
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* a, std::size_t a_size, const std::uint8_t* b,
                                                 std::size_t b_size, std::uint8_t* out, std::size_t most,
                                                 unsigned seed) {
  std::minstd_rand random(seed);
  if (most == 0) return 0;
  std::size_t size = 0;
  out[size++] = static_cast<std::uint8_t>(a_size == 0 ? 0 : a[0]);
  const auto take = [&](const std::uint8_t* from, std::size_t bytes) {
    for (std::size_t at = 1; at + kDamageBytes <= bytes && size + kDamageBytes <= most; at += kDamageBytes) {
      if (random() % 2 == 0 || size >= 1 + kMostDamages * kDamageBytes) continue;
      std::memcpy(out + size, from + at, kDamageBytes);
      size += kDamageBytes;
    }
  };
  take(a, a_size);
  take(b, b_size);
  return size;
}
