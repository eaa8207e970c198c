// One conformance case: a conversation between clients, a cache and an origin, and what RFC or rule of ours it shows.
// It is read from a small text file of its own; tests/conformance/README.md draws the form.
//
// Values hold placeholders as the file has them ({now-10s}, {root}): placeholder.h fills them in when the case runs.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace freshet::conformance {

/// Field lines in their order; a name may come several times.
using FieldLines = std::vector<std::pair<std::string, std::string>>;

/// What must hold for one field of a message, or for its body.
struct Expectation {
  enum class Kind : std::uint8_t {
    equals,   ///< `Name: value`; lines of one name count as one, joined by ", "
    absent,   ///< `no Name`
    present,  ///< `some Name`
    within,   ///< `Name within 10 12`: a number, both ends included
    lists,    ///< `Name lists word`: a member of the list, whatever its case
    lacks,    ///< `Name lacks word`
    has,      ///< `Name has text`: somewhere in it
    without,  ///< `Name without text`: nowhere in it
    body,     ///< `body: text`
    body_has  ///< `body has text`
  };
  Kind kind = Kind::equals;
  std::string name;
  std::string value;
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  std::size_t line = 0;
};

/// What the client sends.
struct Sent {
  std::string method;
  std::string target;
  FieldLines fields;
  std::string body;
  std::size_t line = 0;
};

/// What the origin must be asked. Without an `origin sees:` in the file: method and target as the client sent them.
struct Asked {
  std::string method;
  std::string target;
  std::vector<Expectation> expectations;
  std::size_t line = 0;
};

/// What the origin answers then.
struct Reply {
  /// Interim responses (1xx) that go before, each with its fields.
  std::vector<std::pair<std::uint16_t, FieldLines>> interim;
  std::uint16_t status = 0;  ///< 0: it closes the connection instead
  FieldLines fields;
  std::string body;
  /// It closes the connection after so many bytes of the body, although it has announced all of it.
  std::optional<std::size_t> closes_after;
  bool chunked = false;
  FieldLines trailers;
  std::size_t line = 0;
};

struct OriginTurn {
  Asked asked;
  Reply reply;
  bool behind = false;  ///< after the client has had its answer
};

/// What the client must get.
struct Got {
  std::vector<std::string> statuses;  ///< any of them: "200", "5xx"
  std::vector<Expectation> expectations;
  std::string verdict;     ///< a Reason's word; empty: not looked at
  bool cut_short = false;  ///< the body ends before what was announced, and the client can tell
  std::size_t line = 0;
};

/// One step: time passes, or a client asks.
struct Step {
  std::chrono::seconds wait{0};
  Sent sent;
  std::vector<OriginTurn> origin;
  Got got;
  bool is_wait() const { return wait.count() != 0; }
};

enum class Kind : std::uint8_t {
  required,  ///< a MUST of an RFC
  optimal,   ///< what an RFC allows or asks for with SHOULD, and a good cache does
  safe,      ///< a rule of ours, stricter than the RFC
};
enum class Profile : std::uint8_t { rfc, safe };
enum class Place : std::uint8_t { everywhere, memory, sockets };

struct Case {
  std::string name;      ///< folder and file without ending: "fresh/max_age"
  std::string path;      ///< for messages
  std::string property;  ///< the first line: one sentence
  std::string section;   ///< "9111 4.2.1"
  Kind kind = Kind::required;
  bool in_rfc_profile = true;
  bool in_safe_profile = true;
  Place place = Place::everywhere;
  std::string place_reason;        ///< why not everywhere
  std::vector<std::string> shows;  ///< statements of docs/rfc9111-statements.md
  std::vector<Step> steps;

  bool is_in(Profile profile) const { return profile == Profile::rfc ? in_rfc_profile : in_safe_profile; }
};

/// what() is "file:line: what is wrong, and what would be right".
class CaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Errors: CaseError for anything that is not of the form, unknown words and missing parts included.
Case parse_case(std::string_view text, const std::string& path);

/// All files NAME.txt below `folder`, in the order of their names.
std::vector<std::filesystem::path> case_files(const std::filesystem::path& folder);
/// Reads one of them; Case::name is its path below `folder`.
Case read_case(const std::filesystem::path& folder, const std::filesystem::path& file);

std::string_view name(Kind kind);
std::string_view name(Profile profile);

}  // namespace freshet::conformance
