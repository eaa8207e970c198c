#include "platform/robust_mutex.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

namespace freshet::platform {
namespace {

// A mutex call that fails here means that the shared memory was overwritten by something else: going on would corrupt
// what other processes rely on.
void require(int error, const char* call) noexcept {
  if (error == 0) return;
  std::fprintf(stderr, "freshet: %s failed with error %d: the segment's lock is damaged\n", call, error);
  std::abort();
}

}  // namespace

void RobustMutex::initialise() noexcept {
  pthread_mutexattr_t attributes;
  require(pthread_mutexattr_init(&attributes), "pthread_mutexattr_init");
  require(pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED), "pthread_mutexattr_setpshared");
  require(pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST), "pthread_mutexattr_setrobust");
  require(pthread_mutex_init(&mutex_, &attributes), "pthread_mutex_init");
  require(pthread_mutexattr_destroy(&attributes), "pthread_mutexattr_destroy");
}

bool RobustMutex::lock() noexcept {
  const int error = pthread_mutex_lock(&mutex_);
  if (error == 0) return false;
  if (error == EOWNERDEAD) {
    require(pthread_mutex_consistent(&mutex_), "pthread_mutex_consistent");
    return true;
  }
  require(error, "pthread_mutex_lock");
  return false;
}

void RobustMutex::unlock() noexcept { require(pthread_mutex_unlock(&mutex_), "pthread_mutex_unlock"); }

}  // namespace freshet::platform
