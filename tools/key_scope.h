// From a key on the command line to the key in the store: the options that explain and purge share.
#pragma once

#include "command_line.h"

#include <string>
#include <string_view>

namespace freshet::tools {

inline constexpr Flag kNamespaceFlag = {"--namespace", "NS", "the key's namespace; NS/INNER where they are nested",
                                        "the root"};
inline constexpr Flag kVersionFlag = {"--version", "V", "the key's version, as the application gave it", "none"};
inline constexpr Flag kRawFlag = {"--raw", "",
                                  "the key is the whole stored key: namespace@version, a NUL, key; \\x00 "
                                  "and the like stand for bytes"};

/// Errors: throws UsageError for a namespace or a version that cannot be one, for an empty or too long key, and for
/// escapes that mean nothing.
std::string key_in_store(const Arguments& arguments, std::string_view key);

}  // namespace freshet::tools
