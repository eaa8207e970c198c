// The machine's wall clock; see Clock in freshet/time.h.
#include <freshet/time.h>

namespace freshet {
namespace {

class SystemClock final : public Clock {
 public:
  Instant now() const noexcept override {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
  }
};

}  // namespace

std::shared_ptr<Clock> system_clock() {
  // Never destroyed: caches may outlive the statics of the file that opened them.
  static const auto* clock = new std::shared_ptr<Clock>(std::make_shared<SystemClock>());
  return *clock;
}

}  // namespace freshet
