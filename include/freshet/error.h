// What Freshet throws. A miss, a stale hit, a refusal are values with a Reason (reason.h), never exceptions.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>

namespace freshet {

/// Root of everything that Freshet itself throws. What a loader throws passes through untouched.
class Error : public std::runtime_error {
 public:
  /// A NUL in `what` becomes '?': what() would end there, and the mend with it.
  explicit Error(std::string what) : std::runtime_error(readable(what)) {}

 private:
  static const std::string& readable(std::string& what) {
    std::replace(what.begin(), what.end(), '\0', '?');
    return what;
  }
};

/// A wrong URL, size, name, option or segment file. Thrown at start only; what() says what was wrong, where, and the
/// mend.
class ConfigError : public Error {
 public:
  using Error::Error;
};

/// hard_timeout struck before a value was there, and no stale value could stand in.
class LoadTimeout : public Error {
 public:
  using Error::Error;
};

/// A load in another process failed while this caller waited for it; what() carries that loader's message. Waiters in
/// the loader's own process get the original exception instead.
class LoadFailed : public Error {
 public:
  using Error::Error;
};

}  // namespace freshet
