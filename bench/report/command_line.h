// Reading a benchmark's command line: `--flag`, `--option NUMBER`, `--option A,B`.
#pragma once

#include <cstdint>
#include <cstdio>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace bench {

class CommandLine {
 public:
  explicit CommandLine(std::string program, std::string says) : program_(std::move(program)), says_(std::move(says)) {}

  void flag(const std::string& name, bool& to, const std::string& help);
  /// A whole number, at least 1.
  void number(const std::string& name, std::uint64_t& to, const std::string& help);
  void words(const std::string& name, std::vector<std::string>& to, const std::string& help);
  /// Numbers of bytes, with or without KiB, MiB or GiB.
  void sizes(const std::string& name, std::vector<std::uint64_t>& to, const std::string& help);

  /// Ends the program: with 0 after --help, with 2 and a message after what it does not understand.
  void parse(int argc, char** argv) const;

 private:
  struct Entry {
    bool takes_value;
    std::string help;
    std::function<bool(const std::string&)> take;
  };
  void usage(std::FILE* to) const;

  std::string program_;
  std::string says_;
  std::vector<std::string> order_;
  std::map<std::string, Entry> entries_;
};

}  // namespace bench
