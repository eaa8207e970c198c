// Which of a bucket's eight slots begin with certain bits: the one place where a lookup looks at more than one word.
//
// Where the processor has it, four slots at a time. A vector may be read in halves, but never in less than the eight
// aligned bytes of a slot, and whoever follows a slot loads it once more; so it says what eight relaxed loads say.
#pragma once

#include "platform/racy_copy.h"
#include "segment/layout.h"

#include <cstdint>

#if defined(__SSE2__) && !defined(FRESHET_TSAN)
#define FRESHET_MATCH_SSE2 1
#include <emmintrin.h>
#endif

namespace freshet::segment {

/// Bit i for slot i: those whose word begins with `position` and then the bit `ghost`. An empty slot is taken for an
/// entry at position 0. Without a branch for each slot: at two thirds full these would be mispredicted at half of all
/// lookups.
inline std::uint32_t slots_at(const Bucket& bucket, std::uint32_t position, bool ghost) {
  const std::uint32_t wanted = position << 1 | (ghost ? 1U : 0U);
#ifdef FRESHET_MATCH_SSE2
  // The upper halves of the words hold all of it.
  constexpr int kShift = static_cast<int>(Slot::kPositionShift) - 1 - 32;
  static_assert(kShift > 0 && sizeof(Bucket) == 4 * sizeof(__m128i));
  const auto* at = reinterpret_cast<const __m128i*>(&bucket);
  const auto upper_halves = [at](int two) {
    return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(_mm_load_si128(at + two)),
                                           _mm_castsi128_ps(_mm_load_si128(at + two + 1)), _MM_SHUFFLE(3, 1, 3, 1)));
  };
  const __m128i all = _mm_set1_epi32(static_cast<int>(wanted));
  const __m128i low = _mm_cmpeq_epi32(_mm_srli_epi32(upper_halves(0), kShift), all);
  const __m128i high = _mm_cmpeq_epi32(_mm_srli_epi32(upper_halves(2), kShift), all);
  return static_cast<std::uint32_t>(
      _mm_movemask_epi8(_mm_packs_epi16(_mm_packs_epi32(low, high), _mm_setzero_si128())));
#else
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < kSlotsPerBucket; ++i) {
    // Relaxed: see above.
    const std::uint64_t word = bucket.slot[i].load(std::memory_order_relaxed);
    found |= static_cast<std::uint32_t>(word >> (Slot::kPositionShift - 1) == wanted) << i;
  }
  return found;
#endif
}

}  // namespace freshet::segment
