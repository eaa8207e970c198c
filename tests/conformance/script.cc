#include "tests/conformance/script.h"

#include "http/fields.h"

#include <algorithm>
#include <charconv>

namespace freshet::conformance {
namespace {

constexpr std::uint16_t kUnscripted = 599;

std::vector<http::Field> views(const FieldLines& lines) {
  std::vector<http::Field> out;
  for (const auto& [name, value] : lines) out.push_back({name, value});
  return out;
}

std::optional<std::string> joined(const FieldLines& lines, std::string_view name) {
  std::optional<std::string> out;
  for (const auto& [one, value] : lines) {
    if (!http::same_word(one, name)) continue;
    out = out ? *out + ", " + value : value;
  }
  return out;
}

std::string shortened(const std::string& text) {
  constexpr std::size_t kMost = 200;
  return text.size() <= kMost ? text : text.substr(0, kMost) + "... (" + std::to_string(text.size()) + " bytes)";
}

// What is so instead; nothing when the expectation is met.
std::optional<std::string> instead(const Expectation& expected, const std::string& value, const Received& message) {
  using Kind = Expectation::Kind;
  if (expected.kind == Kind::body || expected.kind == Kind::body_has) {
    const bool met =
        expected.kind == Kind::body ? message.body == value : message.body.find(value) != std::string::npos;
    return met ? std::nullopt : std::optional("the body '" + shortened(message.body) + "'");
  }
  const auto got = joined(message.fields, expected.name);
  bool met = false;
  switch (expected.kind) {
    case Kind::absent:
      met = !got;
      break;
    case Kind::present:
      met = got.has_value();
      break;
    case Kind::equals:
      met = got == value;
      break;
    case Kind::lists:
      met = http::contains_word(views(message.fields), expected.name, value);
      break;
    case Kind::lacks:
      met = !http::contains_word(views(message.fields), expected.name, value);
      break;
    case Kind::has:
      met = got && got->find(value) != std::string::npos;
      break;
    case Kind::without:
      met = !got || got->find(value) == std::string::npos;
      break;
    case Kind::within: {
      std::uint64_t number = 0;
      const std::string text = got.value_or("");
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
      met =
          error == std::errc() && end == text.data() + text.size() && number >= expected.low && number <= expected.high;
      break;
    }
    default:
      break;
  }
  if (met) return std::nullopt;
  return got ? "'" + expected.name + ": " + shortened(*got) + "'" : "no " + expected.name;
}

std::string wording(const Expectation& expected, const std::string& value) {
  switch (expected.kind) {
    case Expectation::Kind::equals:
      return "'" + expected.name + ": " + shortened(value) + "'";
    case Expectation::Kind::absent:
      return "no " + expected.name;
    case Expectation::Kind::present:
      return "some " + expected.name;
    case Expectation::Kind::within:
      return expected.name + " within " + value;
    case Expectation::Kind::lists:
      return expected.name + " with '" + value + "'";
    case Expectation::Kind::lacks:
      return expected.name + " without '" + value + "'";
    case Expectation::Kind::has:
      return expected.name + " with '" + value + "' in it";
    case Expectation::Kind::without:
      return expected.name + " without '" + value + "' in it";
    case Expectation::Kind::body:
      return "the body '" + shortened(value) + "'";
    case Expectation::Kind::body_has:
      return "a body with '" + shortened(value) + "'";
  }
  return "";
}

Reply filled(const Reply& reply, const Surroundings& where) {
  const auto fill = [&](FieldLines& lines) {
    for (auto& [name, value] : lines) value = filled_in(value, where);
  };
  Reply out = reply;
  fill(out.fields);
  fill(out.trailers);
  for (auto& [status, fields] : out.interim) fill(fields);
  out.body = filled_in(out.body, where);
  return out;
}

}  // namespace

std::vector<std::string> unmet(const std::vector<Expectation>& expectations, const Received& message,
                               const Surroundings& where, const std::string& path) {
  std::vector<std::string> out;
  for (const Expectation& expected : expectations) {
    const std::string value = filled_in(expected.value, where);
    if (const auto got = instead(expected, value, message)) {
      out.push_back(path + ":" + std::to_string(expected.line) + ": expected " + wording(expected, value) + ", got " +
                    *got);
    }
  }
  return out;
}

void Script::expect(const std::vector<OriginTurn>& turns, const Surroundings& where) {
  const std::lock_guard lock(mutex_);
  turns_ = turns;
  where_ = where;
  used_ = 0;
  ++step_;
  client_has_answer_ = over_ = false;
}

Reply Script::answer(const std::string& method, const std::string& target, const Received& request) {
  std::unique_lock lock(mutex_);
  if (over_ || used_ == turns_.size()) return unscripted(method, target);
  const OriginTurn turn = turns_[used_++];
  const std::string at = path_ + ":" + std::to_string(turn.asked.line) + ": ";
  const std::string wanted = where_.root + filled_in(turn.asked.target, where_);
  if (method != turn.asked.method || target != wanted) {
    complaints_.push_back(at + "expected the origin to be asked '" + turn.asked.method + " " + wanted + "', it was '" +
                          method + " " + target + "'");
  }
  for (std::string& one : unmet(turn.asked.expectations, request, where_, path_)) complaints_.push_back(std::move(one));
  Reply reply = filled(turn.reply, where_);
  // Held back until the client has its answer: so a cache that makes the client wait for this one is found out. The
  // next step may have begun before this thread runs again.
  const auto is_free = [&, step = step_] { return client_has_answer_ || over_ || step_ != step; };
  if (turn.behind && !moved_.wait_for(lock, patience_, is_free)) {
    complaints_.push_back(at + "the client had to wait for what was to be asked behind its answer");
  }
  moved_.notify_all();
  return reply;
}

Reply Script::unscripted(const std::string& method, const std::string& target) {
  const std::string place = turns_.empty() ? path_ : path_ + ":" + std::to_string(turns_.back().asked.line);
  complaints_.push_back(place + ": the origin was asked once more than expected: '" + method + " " + target + "'");
  Reply out;
  out.status = kUnscripted;
  out.body = "nothing in the case speaks of this request";
  return out;
}

void Script::client_has_answer() {
  const std::lock_guard lock(mutex_);
  client_has_answer_ = true;
  moved_.notify_all();
}

void Script::finish() {
  std::unique_lock lock(mutex_);
  moved_.wait_for(lock, patience_, [&] { return used_ == turns_.size(); });
  for (std::size_t i = used_; i < turns_.size(); ++i) {
    complaints_.push_back(path_ + ":" + std::to_string(turns_[i].asked.line) + ": the origin was not asked '" +
                          turns_[i].asked.method + " " + turns_[i].asked.target + "'");
  }
  over_ = true;
  moved_.notify_all();
}

std::vector<std::string> Script::complaints() const {
  const std::lock_guard lock(mutex_);
  return complaints_;
}

}  // namespace freshet::conformance
