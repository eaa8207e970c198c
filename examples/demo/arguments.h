// The demo's command line.
#pragma once

#include <cstddef>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace demo {

struct Arguments {
  std::size_t workers = 4;
  std::size_t clients = 64;
  int port = 0;
  std::string size = "64MiB";
  std::filesystem::path data;
  std::filesystem::path packages;
  bool once = false;
  bool json = false;
  bool quick = false;
  bool help = false;
};

/// A wrong command line: exit code 2.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Errors: UsageError that names the argument and what it may be.
Arguments parse_arguments(int count, const char* const* words);
extern const char* const kHelp;

/// Where the database lives unless told otherwise: a folder that only this user can read.
std::filesystem::path default_data_folder();

}  // namespace demo
