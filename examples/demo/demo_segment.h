// The shared segment that this run's workers cache in: made for the run, gone with it.
#pragma once

#include <string>

namespace demo {

class DemoSegment {
 public:
  /// Also removes what a demo that was killed left behind.
  explicit DemoSegment(const std::string& size);
  ~DemoSegment();
  DemoSegment(const DemoSegment&) = delete;
  DemoSegment& operator=(const DemoSegment&) = delete;

  const std::string& url() const noexcept { return url_; }

 private:
  std::string name_;
  std::string url_;
};

}  // namespace demo
