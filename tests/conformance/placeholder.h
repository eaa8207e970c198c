// What a case leaves open until it runs, written in braces:
//
//   {now}  {now-1d}  {now+90s}      an HTTP date; `now` is when the step happens. Spans: s, m, h, d
//   {start-1d}                      the same from the beginning of the case: the same text in each of its steps
//   {now+1d as rfc850}              in another form: rfc850, asctime, lower (case), local (another zone: invalid)
//   {root}                          what stands before each target, for fields that name one: Location: {root}/other
//   {host}                          the authority that clients ask
//   {x*9000}                        so many of this character
#pragma once

#include <freshet/time.h>

#include <string>
#include <string_view>

namespace freshet::conformance {

struct Surroundings {
  Instant start{};
  Instant now{};
  std::string root;
  std::string host;
};

/// Errors: CaseError for a placeholder that is none of these.
std::string filled_in(std::string_view text, const Surroundings& where);

}  // namespace freshet::conformance
