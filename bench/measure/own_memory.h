// The memory of this process, as the kernel counts it.
#pragma once

#include <cstdint>

namespace bench {

struct OwnMemory {
  std::uint64_t resident_bytes = 0;       ///< pages of the mapping that were touched included
  std::uint64_t private_dirty_bytes = 0;  ///< written, and mapped by nobody else
  std::uint64_t anonymous_bytes = 0;      ///< heap and stacks: nothing of a shared mapping
  /// From /proc/self/smaps_rollup. Errors: throws std::runtime_error.
  static OwnMemory now();
};

}  // namespace bench
