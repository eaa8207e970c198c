// What this thread is loading just now, innermost last: so that a loader that asks for its own key does not wait for
// itself, and a loader on the executor does not wait for the executor.
#pragma once

#include <span>
#include <string_view>

namespace freshet {
class Store;
}

namespace freshet::cache {

/// Lives on the stack around a loader's run.
class LoadFrame {
 public:
  LoadFrame(const Store* store, std::span<const std::string_view> keys, bool on_executor) noexcept;
  ~LoadFrame();
  LoadFrame(const LoadFrame&) = delete;
  LoadFrame& operator=(const LoadFrame&) = delete;

  static bool loading(const Store* store, std::string_view key) noexcept;
  static bool on_executor() noexcept;

 private:
  const Store* store_;
  std::span<const std::string_view> keys_;
  bool on_executor_;
  LoadFrame* outer_;
};

}  // namespace freshet::cache
