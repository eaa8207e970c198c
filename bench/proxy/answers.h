// What the origin and the bare loop answer, and what a body must therefore be. A path says it all: /keep/1024/anything
// is a page of 1024 bytes that a cache may keep, /refuse/1024/anything one that it must not.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bench {

std::string path_of(bool keep, std::size_t bytes, std::string_view name);

/// The body of so many bytes. It does not repeat itself within 100 KiB, so a shifted or torn one is seen.
std::string body_of(std::size_t bytes);

struct Answer {
  std::string head;  ///< with the empty line
  std::string body;
};

/// For any path: what it asks for, or 404. At most 16 MiB.
Answer answer_to(std::string_view path);

}  // namespace bench
