#include "segment/counters.h"

#include <unistd.h>

namespace freshet::segment {

// Processes that were forked from one parent would otherwise all start at the same stripe.
std::uint32_t Counters::process_offset() noexcept { return static_cast<std::uint32_t>(getpid()) * 3; }

}  // namespace freshet::segment
