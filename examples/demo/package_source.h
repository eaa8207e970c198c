// Where the packages come from: apt's lists, dpkg's status file, or one file given by name.
#pragma once

#include "control_file.h"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace demo {

class PackageSource {
 public:
  /// `file` empty: apt's lists, or dpkg's status file where apt has none.
  /// Errors: std::runtime_error with the mend when there is nothing to read.
  static PackageSource find(const std::filesystem::path& file);

  /// For people: "3 apt lists".
  const std::string& description() const { return description_; }
  /// Changes when any of the files does.
  std::string fingerprint() const;
  /// Every stanza of every file. Compressed lists are read through apt's own helper.
  /// Errors: std::runtime_error naming the file that cannot be read.
  void read(const std::function<void(const Stanza&)>& visit) const;

 private:
  std::vector<std::filesystem::path> files_;
  std::string description_;
};

}  // namespace demo
