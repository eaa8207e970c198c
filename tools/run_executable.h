// Test fixtures: a real segment of this process, and the real executable run against it.
#pragma once

#include <freshet/cache.h>

#include <atomic>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace freshet::tools {

struct Outcome {
  int code = -1;  ///< the exit code; minus the signal's number when one ended it
  std::string out;
  std::string err;
};

/// Runs `freshet words...` to its end, with `input` on its standard input, which is no terminal.
Outcome run_executable(const std::vector<std::string>& words, std::string_view input = {});
/// The same, with standard output into a file.
Outcome run_executable_into(const std::string& file, const std::vector<std::string>& words);

// NOLINTNEXTLINE(cppcoreguidelines-virtual-class-destructor): a fixture; GoogleTest owns it.
class WithSegment : public ::testing::Test {
 protected:
  WithSegment();
  ~WithSegment() override;

  std::string name_;
  std::string url_;
  Cache cache_;
};

/// A thread that reads and writes the cache until the end of the scope; returns once it does so.
class Hammering {
 public:
  explicit Hammering(const Cache& cache);
  ~Hammering();
  Hammering(const Hammering&) = delete;
  Hammering& operator=(const Hammering&) = delete;

 private:
  std::atomic<bool> stop_{false};
  std::atomic<std::uint64_t> rounds_{0};
  std::thread thread_;
};

}  // namespace freshet::tools
