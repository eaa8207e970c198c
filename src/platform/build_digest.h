// Where build_digest() (key.h) takes its digits from.
#pragma once

#include <freshet/key.h>

#include <string>

namespace freshet {

/// 16 hexadecimal digits of the running executable's GNU build id; empty when it was linked without one.
std::string executable_build_id();

/// 16 hexadecimal digits of a hash of the file's bytes; empty when it cannot be read.
std::string file_digest(const std::string& path);

}  // namespace freshet
