// Runs a case against a subject: a cache with an origin that the case scripts.
#pragma once

#include "tests/conformance/case.h"
#include "tests/conformance/script.h"

#include <memory>

namespace freshet::conformance {

/// What a client got.
struct Response {
  std::uint16_t status = 0;  ///< 0: no answer at all
  FieldLines fields;
  std::string body;
  bool complete = true;  ///< all of the body came that was announced
  /// The Reason's word, where the subject tells it.
  std::string verdict;
};

/// What a client sends, with its placeholders filled in.
struct Request {
  std::string method;
  std::string target;
  FieldLines fields;
  std::string body;
};

/// The seam between the cases and what they are run against.
class Subject {
 public:
  virtual ~Subject() = default;
  /// A case begins: nothing of it is stored. `script` is the origin until the next begin(), and outlives what it gets.
  virtual void begin(const std::shared_ptr<Script>& script) = 0;
  /// Where this case takes place. `now` moves with wait().
  virtual Surroundings surroundings() const = 0;
  virtual Response send(const Request& request) = 0;
  /// Does what the cache has put off until the client had its answer, where nothing else does it.
  virtual void settle() = 0;
  /// Time passes. Only a subject that runs cases of Place::memory is asked.
  virtual void wait(std::chrono::seconds span) = 0;
  /// How long what is due may take to come: a request behind an answer. Zero where everything happens in one thread.
  virtual std::chrono::milliseconds patience() const = 0;
};

/// What went otherwise than the case says, each with the line of the file. Nothing: it is passed.
std::vector<std::string> run_case(const Case& one, Subject& subject);

}  // namespace freshet::conformance
