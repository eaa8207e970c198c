// The bytes of a trace: from a file or the standard input, as they are or compressed by gzip or xz.
//
// What compressed them is told from their first bytes, not from a name. By the libraries and not by the programs of the
// same names: so a pipe can be compressed too, and a damaged file is told apart from one that ends too early.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace freshet::tools {

/// A trace that cannot be read. what() says which file and line, what is wrong and how to mend it.
class TraceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Threads: one. Errors: every member throws TraceError.
class TraceInput {
 public:
  /// "-" is the standard input.
  explicit TraceInput(const std::string& path);
  ~TraceInput();
  TraceInput(const TraceInput&) = delete;
  TraceInput& operator=(const TraceInput&) = delete;

  /// As it stands in messages.
  const std::string& name() const { return name_; }

  /// The next bytes without taking them: some hundred KiB, fewer only at the end of the trace.
  std::string_view peek();
  /// Exactly `bytes.size()` bytes; fewer at the end.
  std::size_t read(std::span<char> bytes);
  /// The next line without its end (LF or CRLF); false behind the last one. Of a line longer than kMaxLineBytes only
  /// that much is kept. Holds until the next call.
  bool read_line(std::string_view& line);
  /// Of the line that read_line gave last, counted from 1.
  std::uint64_t line_number() const { return line_number_; }

  static constexpr std::size_t kMaxLineBytes = 256 * 1024;

  /// Gives some bytes, or 0 at the end.
  using Source = std::function<std::size_t(std::span<char>)>;

 private:
  bool refill();

  std::string name_;
  int fd_ = -1;
  Source source_;
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool at_end_ = false;
  std::string long_line_;
  std::uint64_t line_number_ = 0;
};

}  // namespace freshet::tools
