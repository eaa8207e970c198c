#include "cache/failure_board.h"

#include "platform/fork_generation.h"

namespace freshet::cache {

FailureBoard::FailureBoard() : generation_(platform::fork_generation()) {}

bool FailureBoard::ours() const noexcept { return generation_ == platform::fork_generation(); }

FailureBoard::Presence::Presence(std::shared_ptr<FailureBoard> board, std::string key)
    : board_(std::move(board)), key_(std::move(key)) {
  Shard& shard = board_->shard(key_);
  const std::lock_guard lock(shard.mutex);
  ++shard.entries[key_].present;
}

FailureBoard::Presence& FailureBoard::Presence::operator=(Presence&& other) noexcept {
  if (this != &other) {
    leave();
    board_ = std::move(other.board_);
    key_ = std::move(other.key_);
  }
  return *this;
}

void FailureBoard::Presence::leave() noexcept {
  if (board_ == nullptr || !board_->ours()) return;
  Entry gone;  // exceptions are destroyed outside the lock: their destructors are user code
  Shard& shard = board_->shard(key_);
  const std::lock_guard lock(shard.mutex);
  const auto at = shard.entries.find(key_);
  if (--at->second.present == 0) {
    gone = std::move(at->second);
    shard.entries.erase(at);
  }
}

void FailureBoard::Presence::publish(std::uint64_t token, std::exception_ptr failure) const {
  if (board_ == nullptr || !board_->ours()) return;
  std::exception_ptr oldest;
  Shard& shard = board_->shard(key_);
  const std::lock_guard lock(shard.mutex);
  auto& failures = shard.entries.find(key_)->second.failures;
  if (failures.size() == kFailuresKept) {
    oldest = std::move(failures.front().second);
    failures.erase(failures.begin());
  }
  failures.emplace_back(token, std::move(failure));
}

std::exception_ptr FailureBoard::Presence::find(std::uint64_t token) const {
  if (board_ == nullptr || !board_->ours()) return nullptr;
  Shard& shard = board_->shard(key_);
  const std::lock_guard lock(shard.mutex);
  for (const auto& [of, failure] : shard.entries.find(key_)->second.failures) {
    if (of == token) return failure;
  }
  return nullptr;
}

}  // namespace freshet::cache
