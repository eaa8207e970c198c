// The order of Debian version numbers: 1:1.0 > 2.0, 1.0~rc1 < 1.0, 1.10 > 1.9.
#pragma once

#include <string_view>

namespace demo {

/// Negative, zero or positive, as `a` is older than, equal to or newer than `b`. Debian policy, section 5.6.12.
int compare_versions(std::string_view a, std::string_view b);

}  // namespace demo
