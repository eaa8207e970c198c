// Random numbers that spread expiries and early refreshes. Not for secrets.
#pragma once

#include <cstdint>

namespace freshet::platform {

/// A number in [0, 1). Each thread has its own sequence, and a forked child starts anew: workers forked from one parent
/// must not throw the same dice.
double roll() noexcept;

/// This thread's sequence begins anew, from a number: for tests that must go the same way twice.
void load_dice(std::uint64_t seed) noexcept;

}  // namespace freshet::platform
