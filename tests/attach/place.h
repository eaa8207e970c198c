// A place for segments that is gone with the test, and what opening one there says.
#pragma once

#include "tests/crash/child.h"
#include "tests/crash/witness.h"

#include <freshet/error.h>

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <sys/stat.h>

namespace freshet::witness {

class Place : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = ::testing::TempDir() + "freshet-attach-" + std::to_string(getpid());
    std::filesystem::create_directories(folder_);
    path_ = folder_ + "/segment";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string url(const std::string& query = "size=1MiB") const { return "file:" + path_ + "?" + query; }
  /// The message of the refusal; empty when it opened.
  static std::string refusal(const std::string& url, segment::IfAbsent if_absent = segment::IfAbsent::create) {
    try {
      const Opened opened(url, if_absent);
      return "";
    } catch (const ConfigError& error) {
      return error.what();
    }
  }
  std::string bytes() const {
    std::ifstream file(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  void write_bytes(const std::string& bytes) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << bytes;
    chmod(path_.c_str(), 0600);
  }
  /// Writes into the file as it is.
  template <class T>
  void patch(std::uint64_t offset, const T& value) const {
    std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(offset));
    file.write(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  static bool mentions(const std::string& text, const std::string& words) {
    return text.find(words) != std::string::npos;
  }

  std::string folder_, path_;
};

}  // namespace freshet::witness
