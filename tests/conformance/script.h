// The origin of a running case: it knows what it must be asked next and what it answers then, and it remembers what
// went otherwise. The subject brings it each request that a cache sends on.
//
// Threads: any; a socket subject's origin has one per connection.
#pragma once

#include "tests/conformance/case.h"
#include "tests/conformance/placeholder.h"

#include <condition_variable>
#include <mutex>

namespace freshet::conformance {

/// A message as it came over the wire, or as it would have.
struct Received {
  FieldLines fields;
  std::string body;
};

/// What was expected of a message and is not so: "file:line: expected ..., got ...".
std::vector<std::string> unmet(const std::vector<Expectation>& expectations, const Received& message,
                               const Surroundings& where, const std::string& path);

class Script {
 public:
  /// `patience`: how long what is due may take to come; zero where everything happens in one thread.
  Script(std::string path, std::chrono::milliseconds patience) : path_(std::move(path)), patience_(patience) {}

  /// The next step: what the origin is asked in it.
  void expect(const std::vector<OriginTurn>& turns, const Surroundings& where);

  /// A request has come to the origin. The reply has its placeholders filled in; for a request that nothing speaks of
  /// it is a 599 that names itself. Waits, where the turn is behind the client's answer, until that has come (or the
  /// step is over).
  Reply answer(const std::string& method, const std::string& target, const Received& request);

  /// The client has its answer: what is asked behind it may come.
  void client_has_answer();
  /// Waits until all turns are used, for as long as its patience lasts; then the step ends.
  void finish();

  /// All that went wrong so far.
  std::vector<std::string> complaints() const;

 private:
  Reply unscripted(const std::string& method, const std::string& target);

  mutable std::mutex mutex_;
  std::condition_variable moved_;
  const std::string path_;
  const std::chrono::milliseconds patience_;
  Surroundings where_;
  std::vector<OriginTurn> turns_;
  std::size_t used_ = 0;
  std::size_t step_ = 0;
  bool client_has_answer_ = false;
  bool over_ = false;
  std::vector<std::string> complaints_;
};

}  // namespace freshet::conformance
