#include "platform/mapped_file.h"

#include <freshet/error.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <grp.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace freshet::platform {

File::~File() {
  if (fd_ >= 0) ::close(fd_);
}

File& File::operator=(File&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}

File create_nameless(const char* name) {
  const int fd = memfd_create(name, MFD_CLOEXEC);
  if (fd < 0)
    throw ConfigError(std::string("cannot create a segment in memory: memfd_create: ") + std::strerror(errno));
  return File(fd);
}

int reserve(int fd, std::uint64_t bytes, std::string_view mark) noexcept {
  if (ftruncate(fd, 0) != 0) return errno;
  int error = 0;
  const ssize_t marked = pwrite(fd, mark.data(), mark.size(), 0);
  if (marked != static_cast<ssize_t>(mark.size())) error = marked < 0 ? errno : ENOSPC;
  if (error != 0) {
    if (ftruncate(fd, 0) != 0) return errno;
    return error;
  }
  do {
    // Reserves blocks on disk and pages in shared memory alike; a failure gives back what it had taken below.
    error = posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  } while (error == EINTR);
  if (error != 0 && ftruncate(fd, 0) != 0) return errno;
  return error;
}

namespace {

// The number behind `name` in a file of lines, or alone in the file when `name` is empty.
std::optional<std::uint64_t> number_in(const char* path, std::string_view name) {
  FILE* file = std::fopen(path, "re");
  if (file == nullptr) return std::nullopt;
  std::optional<std::uint64_t> found;
  char line[256];
  while (!found && std::fgets(line, sizeof(line), file) != nullptr) {
    const std::string_view text(line);
    if (!text.starts_with(name)) continue;
    const char* at = line + name.size();
    while (*at == ' ' || *at == '\t') ++at;
    std::uint64_t number = 0;
    if (std::from_chars(at, line + text.size(), number).ec == std::errc()) found = number;
    if (name.empty()) break;
  }
  std::fclose(file);
  return found;
}

}  // namespace

std::optional<std::uint64_t> memory_behind(int fd) {
  struct statfs system {};
  if (fstatfs(fd, &system) != 0 || system.f_type != TMPFS_MAGIC) return std::nullopt;
  const auto kibibytes = number_in("/proc/meminfo", "MemAvailable:");
  if (!kibibytes) return std::nullopt;
  std::uint64_t available = *kibibytes * 1024;
  // A container sees its own control group here; "max" is not a number and means no limit.
  const auto limit = number_in("/sys/fs/cgroup/memory.max", "");
  const auto used = number_in("/sys/fs/cgroup/memory.current", "");
  if (limit && used) available = std::min(available, *limit - std::min(*limit, *used));
  return available;
}

int reopen(int fd) noexcept {
  char path[48] = "/proc/self/fd/";
  auto [end, error] = std::to_chars(path + 14, path + sizeof(path) - 1, fd);
  if (error != std::errc()) return -1;
  *end = '\0';
  return ::open(path, O_RDWR | O_CLOEXEC);
}

Mapping::Mapping(int fd, std::uint64_t bytes) : size_(bytes) {
  void* at = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (at == MAP_FAILED) {
    throw ConfigError("cannot map a segment of " + std::to_string(bytes) + " bytes: " + std::strerror(errno) +
                      "; use a smaller size or raise the address space limit (ulimit -v)");
  }
  // Cached pages have no place in a core dump, and private data even less.
  madvise(at, bytes, MADV_DONTDUMP);
  data_ = static_cast<std::byte*>(at);
}

Mapping::~Mapping() {
  if (data_ != nullptr) munmap(data_, size_);
}

Mapping::Mapping(Mapping&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)) {}

Mapping& Mapping::operator=(Mapping&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  return *this;
}

int Mapping::sync(std::uint64_t bytes) const noexcept { return msync(data_, bytes, MS_SYNC) == 0 ? 0 : errno; }

std::string boot_id() {
  std::string id;
  if (FILE* file = std::fopen("/proc/sys/kernel/random/boot_id", "re")) {
    char line[64] = {};
    if (std::fgets(line, sizeof(line), file) != nullptr) id = line;
    std::fclose(file);
  }
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

std::int64_t host_monotonic_us() noexcept {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::int64_t>(now.tv_sec) * 1'000'000 + now.tv_nsec / 1000;
}

void random_bytes(void* to, std::size_t bytes) {
  auto* at = static_cast<unsigned char*>(to);
  while (bytes > 0) {
    const ssize_t got = getrandom(at, bytes, 0);
    if (got < 0) {
      if (errno == EINTR) continue;
      throw ConfigError(std::string("the kernel gives no random numbers: getrandom: ") + std::strerror(errno));
    }
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
}

std::optional<gid_t> group_id(const std::string& name) {
  unsigned number = 0;
  const char* end = name.data() + name.size();
  if (auto [at, error] = std::from_chars(name.data(), end, number); error == std::errc() && at == end) return number;
  std::vector<char> buffer(16 * 1024);
  group entry{};
  group* found = nullptr;
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return found->gr_gid;
  }
  return std::nullopt;
}

}  // namespace freshet::platform
