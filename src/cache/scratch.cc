// The buffer that each thread lends to its hits; see Scratch in freshet/engine.h.
#include <freshet/engine.h>

namespace freshet::detail {
namespace {

// A thread that once read a large value must not hold its memory for ever.
constexpr std::size_t kKeptBytes = 1024 * 1024;

struct Lendable {
  std::string bytes;
  bool lent = false;
};

thread_local Lendable lendable;

}  // namespace

Scratch::Scratch() noexcept {
  if (lendable.lent) {
    bytes_ = &own_;
  } else {
    lendable.lent = true;
    bytes_ = &lendable.bytes;
  }
}

Scratch::~Scratch() {
  if (bytes_ == &own_) return;
  if (lendable.bytes.capacity() > kKeptBytes) std::string().swap(lendable.bytes);
  lendable.lent = false;
}

}  // namespace freshet::detail
