// Random numbers that spread expiries and early refreshes. Not for secrets.
#pragma once

namespace freshet::platform {

/// A number in [0, 1). Each thread has its own sequence, and a forked child starts anew: workers forked from one parent
/// must not throw the same dice.
double roll() noexcept;

}  // namespace freshet::platform
