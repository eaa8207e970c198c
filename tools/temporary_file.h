// Test fixture: a file with given bytes, gone at the end of the scope.
#pragma once

#include <atomic>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <unistd.h>

namespace freshet::tools {

class TemporaryFile {
 public:
  explicit TemporaryFile(std::string_view bytes = {}, std::string_view ending = ".trace") {
    static std::atomic<int> count{0};
    path_ = (std::filesystem::temp_directory_path() /
             ("freshet-trace-" + std::to_string(::getpid()) + "-" + std::to_string(count++) + std::string(ending)))
                .string();
    std::ofstream(path_, std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }
  ~TemporaryFile() { std::filesystem::remove(path_); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace freshet::tools
