#include "platform/byte_lock.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace freshet::platform {
namespace {

constexpr std::uint64_t kFirstByte = std::uint64_t{1} << 60;

struct flock range(std::uint64_t byte, short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(kFirstByte + byte);
  lock.l_len = 1;
  return lock;
}

short type_of(LockKind kind) noexcept {
  return kind == LockKind::shared ? static_cast<short>(F_RDLCK) : static_cast<short>(F_WRLCK);
}

}  // namespace

bool try_lock_byte(int fd, std::uint64_t byte, LockKind kind) noexcept {
  auto lock = range(byte, type_of(kind));
  return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

bool lock_byte(int fd, std::uint64_t byte, LockKind kind) noexcept {
  auto lock = range(byte, type_of(kind));
  int result;
  do {
    result = fcntl(fd, F_OFD_SETLKW, &lock);
  } while (result != 0 && errno == EINTR);
  return result == 0;
}

void unlock_byte(int fd, std::uint64_t byte) noexcept {
  auto lock = range(byte, F_UNLCK);
  fcntl(fd, F_OFD_SETLK, &lock);
}

bool byte_is_locked_by_another(int fd, std::uint64_t byte) noexcept {
  auto lock = range(byte, F_WRLCK);
  if (fcntl(fd, F_OFD_GETLK, &lock) != 0) return true;  // unknown: never declare a living process dead
  return lock.l_type != F_UNLCK;
}

}  // namespace freshet::platform
