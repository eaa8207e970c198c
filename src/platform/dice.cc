#include "platform/dice.h"

#include "platform/fork_generation.h"

#include <chrono>
#include <unistd.h>

namespace freshet::platform {
namespace {

struct Dice {
  std::uint64_t state = 0;
  std::uint32_t generation = 0;
  bool seeded = false;
};

thread_local Dice dice;

}  // namespace

double roll() noexcept {
  if (!dice.seeded || dice.generation != fork_generation()) {
    dice.seeded = true;
    dice.generation = fork_generation();
    // The address of a thread_local tells threads apart, the pid processes, the clock runs.
    dice.state = static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count()) ^
                 (static_cast<std::uint64_t>(::getpid()) << 40) ^ reinterpret_cast<std::uintptr_t>(&dice);
  }
  // splitmix64 (Steele, Lea and Flood, OOPSLA '14).
  dice.state += 0x9e3779b97f4a7c15u;
  std::uint64_t z = dice.state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return static_cast<double>(z >> 11) * 0x1.0p-53;
}

void load_dice(std::uint64_t seed) noexcept { dice = {seed, fork_generation(), true}; }

}  // namespace freshet::platform
