// A file mapped whole into memory: in a file system, in shared memory, or nameless.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

namespace freshet::platform {

/// An open descriptor. Ownership: closes it.
class File {
 public:
  File() = default;
  explicit File(int fd) noexcept : fd_(fd) {}
  ~File();
  File(File&& other) noexcept : fd_(other.release()) {}
  File& operator=(File&& other) noexcept;
  int fd() const noexcept { return fd_; }
  int release() noexcept {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  explicit operator bool() const noexcept { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A nameless file in memory. Errors: throws ConfigError.
File create_nameless(const char* name);

/// Makes the file exactly `bytes` long, beginning with `mark` and zero behind it, with all of its space reserved, so
/// that no later write can fail for want of room (a SIGBUS in a mapping). At every moment the file is empty or begins
/// with the mark. Returns 0 or an errno; an error leaves the file empty.
int reserve(int fd, std::uint64_t bytes, std::string_view mark) noexcept;

/// How much more memory the files of `fd`'s file system may take, if memory is where they live; nothing for a disk.
/// What the machine has free or can free, and no more than the control group allows.
std::optional<std::uint64_t> memory_behind(int fd);

/// The same file through a new open file description, so that its locks are this process's own. Works for nameless
/// files too (by /proc). Safe to call in a child right after fork().
int reopen(int fd) noexcept;

/// A shared mapping of a whole file. Ownership: unmaps.
class Mapping {
 public:
  Mapping() = default;
  /// Errors: throws ConfigError.
  Mapping(int fd, std::uint64_t bytes);
  ~Mapping();
  Mapping(Mapping&& other) noexcept;
  Mapping& operator=(Mapping&& other) noexcept;
  /// Writes the first `bytes` to the file system's storage. Returns 0 or an errno. Cost: waits for the storage.
  int sync(std::uint64_t bytes) const noexcept;
  std::byte* data() const noexcept { return data_; }
  std::uint64_t size() const noexcept { return size_; }

 private:
  std::byte* data_ = nullptr;
  std::uint64_t size_ = 0;
};

/// Identifies one boot of the machine; empty where the kernel does not tell.
std::string boot_id();
/// A steady clock that all processes of the host share, in microseconds.
std::int64_t host_monotonic_us() noexcept;
/// Fills `bytes` with numbers nobody can guess. Errors: throws ConfigError when the kernel has none.
void random_bytes(void* to, std::size_t bytes);
/// The id of a group by name or number.
std::optional<gid_t> group_id(const std::string& name);

}  // namespace freshet::platform
