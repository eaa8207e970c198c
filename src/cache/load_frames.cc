#include "cache/load_frames.h"

#include <algorithm>

namespace freshet::cache {
namespace {

thread_local LoadFrame* innermost = nullptr;

}  // namespace

LoadFrame::LoadFrame(const Store* store, std::span<const std::string_view> keys, bool on_executor) noexcept
    : store_(store), keys_(keys), on_executor_(on_executor), outer_(innermost) {
  innermost = this;
}

LoadFrame::~LoadFrame() { innermost = outer_; }

bool LoadFrame::loading(const Store* store, std::string_view key) noexcept {
  for (const LoadFrame* frame = innermost; frame != nullptr; frame = frame->outer_) {
    if (frame->store_ == store && std::ranges::find(frame->keys_, key) != frame->keys_.end()) return true;
  }
  return false;
}

bool LoadFrame::on_executor() noexcept {
  for (const LoadFrame* frame = innermost; frame != nullptr; frame = frame->outer_) {
    if (frame->on_executor_) return true;
  }
  return false;
}

}  // namespace freshet::cache
