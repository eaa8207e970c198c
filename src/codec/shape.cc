#include <freshet/shape.h>

namespace freshet {

std::uint32_t Shape::digest() const noexcept {
  // FNV-1a with 64 bits, folded. Digests are stored: another hash here makes every stored value a miss_other_shape.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text_) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  const auto digest = static_cast<std::uint32_t>((hash ^ hash >> 24 ^ hash >> 48) & 0xffffff);
  return digest == kAnyShape ? 1 : digest;
}

}  // namespace freshet
