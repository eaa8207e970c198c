// Named places at which a test may stop, or kill, whoever comes by.
//
// Only slow paths have them (never a hit). Without a hook a pause point costs one relaxed load.
#pragma once

#include <atomic>

namespace freshet::platform {

using PauseHook = void (*)(const char* point);

/// Tests set this; nobody else does.
inline std::atomic<PauseHook> pause_hook{nullptr};

inline void pause_point(const char* point) {
  // Relaxed: tests install the hook before they start the threads and processes that are to see it.
  if (PauseHook hook = pause_hook.load(std::memory_order_relaxed)) hook(point);
}

}  // namespace freshet::platform
