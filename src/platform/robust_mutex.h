// A mutex that lives in shared memory and survives the death of its owner.
//
// Guarded state is reached only through a RobustLock, which says whether the previous owner died inside: then the state
// behind the lock may be half written, and the one who got the lock mends it before going on.
#pragma once

#include <pthread.h>

namespace freshet::platform {

class RobustMutex {
 public:
  /// Prepares the memory. Only while nobody else can reach it.
  void initialise() noexcept;
  /// True when the previous owner died while holding it. The mutex is usable again either way.
  [[nodiscard]] bool lock() noexcept;
  void unlock() noexcept;

 private:
  pthread_mutex_t mutex_;
};

/// Holds the mutex for a scope; runs `mend` first when the last owner died.
class RobustLock {
 public:
  template <class Mend>
  RobustLock(RobustMutex& mutex, Mend&& mend) : mutex_(mutex) {
    if (mutex_.lock()) mend();
  }
  ~RobustLock() { mutex_.unlock(); }
  RobustLock(const RobustLock&) = delete;
  RobustLock& operator=(const RobustLock&) = delete;

 private:
  RobustMutex& mutex_;
};

}  // namespace freshet::platform
