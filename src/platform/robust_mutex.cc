#include "platform/robust_mutex.h"

#include "platform/racy_copy.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace freshet::platform {
namespace {

// A mutex call that fails here means that the shared memory was overwritten by something else: going on would corrupt
// what other processes rely on.
void require(int error, const char* call) noexcept {
  if (error == 0) return;
  std::fprintf(stderr, "freshet: %s failed with error %d: the segment's lock is damaged\n", call, error);
  std::abort();
}

// How long a waiter may sleep without looking. A wake-up goes to one waiter; if that one is killed before it takes the
// lock, and a newcomer takes it first, the kernel passes the wake-up on to nobody, and the newcomer does not know of
// the others that sleep. They would sleep until the next contention, which may never come.
constexpr long kMostSleepNs = 20'000'000;
#ifdef FRESHET_TSAN
constexpr clockid_t kSleepClock = CLOCK_REALTIME;  // the sanitizer knows of no other timed lock
#else
constexpr clockid_t kSleepClock = CLOCK_MONOTONIC;
#endif

// What the locks guard takes less than a microsecond, and sleeping some ten: so a waiter tries a few times more, ever
// longer apart, before it sleeps. All tries together take about three microseconds.
constexpr int kTries = 10;
constexpr int kMostPauses = 32;

void pause_processor() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("isb");
#endif
}

int try_for_a_while(pthread_mutex_t& mutex) noexcept {
  int error = pthread_mutex_trylock(&mutex);
  int pauses = 1;
  for (int i = 0; error == EBUSY && i < kTries; ++i) {
    for (int p = 0; p < pauses; ++p) pause_processor();
    if (pauses < kMostPauses) pauses *= 2;
    error = pthread_mutex_trylock(&mutex);
  }
  return error;
}

int lock_within_bounds(pthread_mutex_t& mutex) noexcept {
  int error = try_for_a_while(mutex);
  while (error == EBUSY || error == ETIMEDOUT) {
    timespec until{};
    clock_gettime(kSleepClock, &until);
    until.tv_nsec += kMostSleepNs;
    if (until.tv_nsec >= 1'000'000'000) {
      until.tv_nsec -= 1'000'000'000;
      ++until.tv_sec;
    }
#ifdef FRESHET_TSAN
    error = pthread_mutex_timedlock(&mutex, &until);
#else
    error = pthread_mutex_clocklock(&mutex, kSleepClock, &until);
#endif
  }
  return error;
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
  const int error = lock_within_bounds(mutex_);
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
