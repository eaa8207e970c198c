#include "tests/conformance/case.h"

#include "tests/conformance/placeholder.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>
#include <set>

namespace freshet::conformance {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the text up to the next space.
std::string_view take_word(std::string_view& rest) {
  rest = trim(rest);
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest = trim(rest.substr(word.size()));
  return word;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text = trim(text.substr(prefix.size()));
  return true;
}

bool is_field_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

struct Line {
  std::size_t number = 0;
  std::string_view text;  // without what surrounds it
  bool indented = false;
};

class Parser {
 public:
  Parser(std::string_view file, const std::string& path) {
    case_.path = path;
    std::size_t at = 0;
    while (!file.empty()) {
      const std::size_t end = std::min(file.find('\n'), file.size());
      const std::string_view line = file.substr(0, end);
      file.remove_prefix(std::min(end + 1, file.size()));
      ++at;
      if (line.find('\t') != std::string_view::npos) fail(at, "a tab: indent with two spaces");
      if (line.ends_with(' ')) fail(at, "a space at the end of the line");
      if (line.empty() || line.starts_with('#')) continue;
      lines_.push_back({at, trim(line), line.starts_with("  ")});
      if (!lines_.back().indented && line.front() == ' ') fail(at, "indent with two spaces");
    }
    last_ = std::max<std::size_t>(at, 1);
  }

  Case parse() {
    head();
    while (at_ < lines_.size()) step();
    if (case_.steps.empty()) fail(last_, "no client asks for anything: a case needs a 'client: GET /page'");
    if (case_.steps.back().is_wait()) fail(last_, "time passes and then nothing happens");
    const bool waits = std::any_of(case_.steps.begin(), case_.steps.end(), [](const Step& s) { return s.is_wait(); });
    if (waits && case_.place != Place::memory) {
      fail(last_, "waits, which no case over sockets does: use Age or Date, or say 'runs: memory, REASON'");
    }
    return std::move(case_);
  }

 private:
  [[noreturn]] void fail(std::size_t line, const std::string& what) const {
    throw CaseError(case_.path + ":" + std::to_string(line) + ": " + what);
  }
  [[noreturn]] void fail(const Line& line, const std::string& what) const { fail(line.number, what); }

  // What is wrong with a placeholder is told where it stands, and not when the case runs.
  std::string text(const Line& line, std::string_view value) const {
    try {
      (void)filled_in(value, {});
    } catch (const CaseError& error) {
      fail(line, error.what());
    }
    return std::string(value);
  }

  const Line* peek() const { return at_ < lines_.size() ? &lines_[at_] : nullptr; }

  // --- the head
  // -------------------------------------------------------------------------------------------------------

  void head() {
    if (lines_.empty()) fail(1, "empty: the first line says the property in one sentence");
    const Line& first = lines_[at_++];
    if (first.indented || !first.text.ends_with('.')) fail(first, "the first line is one sentence, with a full stop");
    case_.property = first.text;
    std::set<std::string> seen;
    while (const Line* line = peek()) {
      std::string_view rest = line->text;
      const std::string key(rest.substr(0, rest.find(':')));
      const bool known = key == "section" || key == "kind" || key == "profile" || key == "runs" || key == "shows";
      if (!known || line->indented) break;
      rest = trim(rest.substr(key.size() + 1));
      if (!seen.insert(key).second) fail(*line, "'" + key + ":' a second time");
      head_line(*line, key, rest);
      ++at_;
    }
    for (const char* key : {"section", "kind", "profile"}) {
      if (!seen.contains(key))
        fail(at_ < lines_.size() ? lines_[at_].number : last_, std::string("no '") + key + ":' above");
    }
    const bool only_safe = case_.in_safe_profile && !case_.in_rfc_profile;
    if (case_.kind == Kind::safe && !only_safe) fail(first, "a case of kind safe is one of 'profile: safe'");
  }

  void head_line(const Line& line, const std::string& key, std::string_view value) {
    if (value.empty()) fail(line, "'" + key + ":' without a value");
    if (key == "section") {
      // "9111 4.2.1", or "security" for a rule that no RFC has.
      std::string_view rest = value;
      const std::string_view document = take_word(rest);
      const auto is_number = [](char c) { return c >= '0' && c <= '9'; };
      const bool rfc = document.size() == 4 && std::all_of(document.begin(), document.end(), is_number) &&
                       !rest.empty() &&
                       std::all_of(rest.begin(), rest.end(), [&](char c) { return is_number(c) || c == '.'; });
      if (!rfc && value != "security")
        fail(line, "a section is '9111 4.2.1' or 'security', not '" + std::string(value) + "'");
      case_.section = value;
    } else if (key == "kind") {
      if (value == "required") {
        case_.kind = Kind::required;
      } else if (value == "optimal") {
        case_.kind = Kind::optimal;
      } else if (value == "safe") {
        case_.kind = Kind::safe;
      } else {
        fail(line, "a kind is required, optimal or safe, not '" + std::string(value) + "'");
      }
    } else if (key == "profile") {
      if (value != "rfc" && value != "safe" && value != "both") {
        fail(line, "a profile is rfc, safe or both, not '" + std::string(value) + "'");
      }
      case_.in_rfc_profile = value != "safe";
      case_.in_safe_profile = value != "rfc";
    } else if (key == "runs") {
      if (take_prefix(value, "memory,")) {
        case_.place = Place::memory;
      } else if (take_prefix(value, "sockets,")) {
        case_.place = Place::sockets;
      } else {
        fail(line, "'runs:' is 'memory, REASON' or 'sockets, REASON'");
      }
      if (value.empty()) fail(line, "'runs:' needs the reason");
      case_.place_reason = value;
    } else {
      while (!value.empty()) {
        const std::string_view id = trim(value.substr(0, value.find(',')));
        if (id.empty()) fail(line, "an empty name in 'shows:'");
        case_.shows.emplace_back(id);
        const std::size_t comma = value.find(',');
        value = comma == std::string_view::npos ? std::string_view() : trim(value.substr(comma + 1));
      }
    }
  }

  // --- steps
  // ----------------------------------------------------------------------------------------------------------

  void step() {
    const Line& line = lines_[at_];
    if (line.indented) fail(line, "indented, and nothing above that it could belong to");
    std::string_view rest = line.text;
    Step step;
    if (take_prefix(rest, "wait ")) {
      step.wait = span(line, rest);
      if (step.is_wait() && !case_.steps.empty() && case_.steps.back().is_wait()) fail(line, "two waits: write one");
      ++at_;
    } else if (take_prefix(rest, "client:")) {
      exchange(step, line, rest);
    } else {
      fail(line, "expected 'client: METHOD /target' or 'wait 10s', not '" + std::string(line.text) + "'");
    }
    case_.steps.push_back(std::move(step));
  }

  void exchange(Step& step, const Line& line, std::string_view rest) {
    step.sent.line = line.number;
    method_and_target(line, rest, step.sent.method, step.sent.target);
    ++at_;
    each_indented([&](const Line& inner) { message_line(inner, step.sent.fields, &step.sent.body, nullptr); });

    bool quiet = false;
    while (const Line* next = peek()) {
      if (next->text == "origin is not asked") {
        if (!step.origin.empty() || quiet) fail(*next, "the origin is both asked and not asked");
        quiet = true;
        ++at_;
      } else if (!origin_turn(step, false)) {
        break;
      } else if (quiet) {
        fail(*next, "the origin is both asked and not asked");
      }
    }
    const Line* next = peek();
    std::string_view words = next == nullptr ? std::string_view() : next->text;
    if (next == nullptr || !take_prefix(words, "client gets:")) {
      fail(next == nullptr ? last_ : next->number,
           "expected 'client gets: STATUS' for the request in line " + std::to_string(line.number));
    }
    if (!quiet && step.origin.empty()) {
      fail(*next, "say what the origin does: 'origin is not asked', or 'origin answers: STATUS'");
    }
    client_gets(step.got, *next, words);
    while (origin_turn(step, true)) {
    }
  }

  void client_gets(Got& got, const Line& line, std::string_view rest) {
    got.line = line.number;
    while (!rest.empty()) {
      const std::string_view status = take_word(rest);
      const bool fits =
          status.size() == 3 && status[0] >= '1' && status[0] <= '5' &&
          std::all_of(status.begin() + 1, status.end(), [](char c) { return c == 'x' || (c >= '0' && c <= '9'); });
      if (!fits) fail(line, "a status is '200' or '5xx', not '" + std::string(status) + "'");
      got.statuses.emplace_back(status);
      if (rest.empty()) break;
      if (take_word(rest) != "or" || rest.empty()) fail(line, "several statuses are written '502 or 504'");
    }
    if (got.statuses.empty()) fail(line, "'client gets:' needs a status");
    ++at_;
    each_indented([&](const Line& inner) {
      std::string_view value = inner.text;
      if (take_prefix(value, "verdict:")) {
        if (!got.verdict.empty()) fail(inner, "a second verdict");
        got.verdict = value;
      } else if (value == "cut short") {
        got.cut_short = true;
      } else {
        got.expectations.push_back(expectation(inner));
      }
    });
  }

  // `origin sees:` if it is there, and what it answers. False when nothing of the kind comes next.
  bool origin_turn(Step& step, bool behind) {
    const Line* line = peek();
    if (line == nullptr || line->indented) return false;
    OriginTurn turn;
    turn.behind = behind;
    turn.asked.method = step.sent.method;
    turn.asked.target = step.sent.target;
    turn.asked.line = line->number;
    const std::string_view then = behind ? "then origin " : "origin ";
    std::string_view rest = line->text;
    if (!take_prefix(rest, then)) return false;
    if (take_prefix(rest, "sees:")) {
      method_and_target(*line, rest, turn.asked.method, turn.asked.target);
      ++at_;
      each_indented([&](const Line& inner) { turn.asked.expectations.push_back(expectation(inner)); });
      line = peek();
      rest = line == nullptr ? std::string_view() : line->text;
      if (line == nullptr || line->indented || !take_prefix(rest, then)) {
        fail(line == nullptr ? last_ : line->number, "expected '" + std::string(then) + "answers: STATUS'");
      }
    }
    turn.reply.line = line->number;
    ++at_;
    if (rest == "closes the connection") {
      step.origin.push_back(std::move(turn));
      return true;
    }
    if (!take_prefix(rest, "answers:")) {
      fail(*line, "the origin 'sees:', 'answers:' or 'closes the connection', not '" + std::string(rest) + "'");
    }
    turn.reply.status = status(*line, take_word(rest));
    if (!rest.empty()) fail(*line, "after the status comes nothing");
    each_indented([&](const Line& inner) { message_line(inner, turn.reply.fields, &turn.reply.body, &turn.reply); });
    check_reply(*line, turn.reply);
    step.origin.push_back(std::move(turn));
    return true;
  }

  void check_reply(const Line& line, const Reply& reply) const {
    if (reply.status < 200) fail(line, "an interim response is a line 'interim: 103' of the final one");
    if (!reply.trailers.empty() && !reply.chunked) fail(line, "trailers need 'chunked'");
    if (reply.closes_after && *reply.closes_after >= reply.body.size()) {
      fail(line, "closes after " + std::to_string(*reply.closes_after) + " bytes of a body that is no longer");
    }
  }

  template <class Use>
  void each_indented(Use use) {
    while (at_ < lines_.size() && lines_[at_].indented) use(lines_[at_++]);
  }

  void message_line(const Line& line, FieldLines& fields, std::string* body, Reply* reply) {
    std::string_view rest = line.text;
    if (take_prefix(rest, "body:")) {
      if (!body->empty()) fail(line, "a second body");
      *body = text(line, rest);
    } else if (reply != nullptr && rest == "chunked") {
      reply->chunked = true;
    } else if (reply != nullptr && take_prefix(rest, "trailer ")) {
      reply->trailers.push_back(field(line, rest));
    } else if (reply != nullptr && take_prefix(rest, "interim:")) {
      const std::uint16_t interim = status(line, take_word(rest));
      if (interim < 100 || interim > 199) fail(line, "an interim response has a status of 1xx");
      reply->interim.push_back({interim, {}});
      if (!rest.empty()) reply->interim.back().second.push_back(field(line, rest));
    } else if (reply != nullptr && take_prefix(rest, "closes after ")) {
      const auto bytes = number(take_word(rest));
      if (!bytes || (rest != "byte" && rest != "bytes")) fail(line, "'closes after 3 bytes'");
      reply->closes_after = static_cast<std::size_t>(*bytes);
    } else {
      fields.push_back(field(line, rest));
    }
  }

  std::pair<std::string, std::string> field(const Line& line, std::string_view words) const {
    const std::size_t colon = words.find(':');
    if (colon == std::string_view::npos || !is_field_name(words.substr(0, colon))) {
      fail(line, "expected 'Name: value', not '" + std::string(words) + "'");
    }
    return {std::string(words.substr(0, colon)), text(line, trim(words.substr(colon + 1)))};
  }

  Expectation expectation(const Line& line) const {
    Expectation out;
    out.line = line.number;
    std::string_view rest = line.text;
    if (take_prefix(rest, "body:")) {
      out.kind = Expectation::Kind::body;
      out.value = text(line, rest);
      return out;
    }
    if (take_prefix(rest, "body has ")) {
      out.kind = Expectation::Kind::body_has;
      out.value = rest;
      return out;
    }
    if (take_prefix(rest, "no ") || take_prefix(rest, "some ")) {
      out.kind = line.text.starts_with("no ") ? Expectation::Kind::absent : Expectation::Kind::present;
      if (!is_field_name(rest)) fail(line, "'" + std::string(rest) + "' is no name of a field");
      out.name = rest;
      return out;
    }
    if (const std::size_t end = rest.find_first_of(": "); end != std::string_view::npos && rest[end] == ' ') {
      out.name = take_word(rest);
      const std::string_view verb = take_word(rest);
      if (!is_field_name(out.name) || rest.empty()) fail(line, "expected something about a field or the body");
      out.value = text(line, rest);
      if (verb == "lists") {
        out.kind = Expectation::Kind::lists;
      } else if (verb == "lacks") {
        out.kind = Expectation::Kind::lacks;
      } else if (verb == "has") {
        out.kind = Expectation::Kind::has;
      } else if (verb == "without") {
        out.kind = Expectation::Kind::without;
      } else if (verb == "within") {
        out.kind = Expectation::Kind::within;
        const auto low = number(take_word(rest));
        const auto high = number(rest);
        if (!low || !high || *low > *high) fail(line, "'Age within 10 12'");
        out.low = *low;
        out.high = *high;
      } else {
        fail(line, "a field 'has', is 'without', 'lists', 'lacks' or is 'within', not '" + std::string(verb) + "'");
      }
      return out;
    }
    auto [name, value] = field(line, rest);
    out.name = std::move(name);
    out.value = std::move(value);
    return out;
  }

  void method_and_target(const Line& line, std::string_view rest, std::string& method, std::string& target) const {
    method = take_word(rest);
    target = rest;
    if (method.empty() || !target.starts_with('/') || target.find(' ') != std::string::npos) {
      fail(line, "expected a method and a target: 'GET /page'");
    }
  }

  std::uint16_t status(const Line& line, std::string_view digits) const {
    const auto code = number(digits);
    if (digits.size() != 3 || !code || *code < 100 || *code > 599) {
      fail(line, "'" + std::string(digits) + "' is no status code");
    }
    return static_cast<std::uint16_t>(*code);
  }

  static std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t out = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return out;
  }

  std::chrono::seconds span(const Line& line, std::string_view words) const {
    const auto count = words.ends_with('s') ? number(words.substr(0, words.size() - 1)) : std::nullopt;
    if (!count || *count == 0 || *count > 1000000000) fail(line, "'wait 10s': seconds, and at least one");
    return std::chrono::seconds(*count);
  }

  Case case_;
  std::vector<Line> lines_;
  std::size_t at_ = 0;
  std::size_t last_ = 1;
};

}  // namespace

Case parse_case(std::string_view text, const std::string& path) { return Parser(text, path).parse(); }

std::vector<std::filesystem::path> case_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Case read_case(const std::filesystem::path& folder, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const std::string below = file.lexically_relative(folder).generic_string();
  Case out = parse_case(text, below);
  out.name = below.substr(0, below.rfind('.'));
  return out;
}

std::string_view name(Kind kind) {
  switch (kind) {
    case Kind::required:
      return "required";
    case Kind::optimal:
      return "optimal";
    case Kind::safe:
      return "safe";
  }
  return "";
}

std::string_view name(Profile profile) { return profile == Profile::rfc ? "rfc" : "safe"; }

}  // namespace freshet::conformance
