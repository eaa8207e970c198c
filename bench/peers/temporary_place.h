// A folder, usually in shared memory, and names for shared segments, for the time of one benchmark, however that ends.
#pragma once

#include <string>

namespace bench {

/// Removed by the destructor, or by a small process
/// that waits for this one's end: a benchmark that is killed leaves no memory behind.
class TemporaryPlace {
 public:
  /// The folder is made in `under`.
  /// Errors: throws std::runtime_error.
  explicit TemporaryPlace(const std::string& under = "/dev/shm");
  ~TemporaryPlace();
  TemporaryPlace(const TemporaryPlace&) = delete;
  TemporaryPlace& operator=(const TemporaryPlace&) = delete;

  const std::string& folder() const noexcept { return folder_; }
  /// "shared:..." with a name of its own, without a size.
  std::string shared_url(const std::string& name) const { return "shared:" + id_ + "-" + name; }
  /// Removes the segment's file, whoever still has it mapped.
  void remove_shared(const std::string& name) const;

 private:
  std::string folder_;
  std::string id_;
  int alive_ = -1;  ///< pipe: closed by the kernel when we end
  int janitor_ = -1;
};

}  // namespace bench
