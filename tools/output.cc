// Standard output, with its errors noticed: a full disk must not look like success.
#include "verbs.h"

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace freshet::tools {
namespace {

[[noreturn]] void fail_to_write() {
  throw std::system_error(errno, std::generic_category(), "cannot write the output");
}

}  // namespace

void print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) fail_to_write();
}

void flush() {
  if (std::fflush(stdout) != 0) fail_to_write();
}

}  // namespace freshet::tools
