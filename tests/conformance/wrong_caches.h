// Caches that are wrong on purpose: a case that none of them fails could not fail at all.
#pragma once

#include "http/fields.h"
#include "tests/conformance/run_case.h"

#include <map>

namespace freshet::conformance {

class WrongCache : public Subject {
 public:
  enum class Kind : std::uint8_t {
    none,      ///< stores nothing, and passes everything on as it is
    greedy,    ///< gives each target's first answer for ever, to everybody and whatever the method
    deaf,      ///< does not even ask the origin: an empty 200 to everything
    withholds  ///< stores nothing, and passes no field on in either direction
  };
  explicit WrongCache(Kind kind) : kind_(kind) {}

  void begin(const std::shared_ptr<Script>& script) override {
    script_ = script;
    stored_.clear();
    now_ = {};
  }
  Surroundings surroundings() const override { return {{}, now_, "", "cache.example"}; }
  void settle() override {}
  void wait(std::chrono::seconds span) override { now_ += span; }
  std::chrono::milliseconds patience() const override { return std::chrono::milliseconds{0}; }

  Response send(const Request& request) override {
    if (kind_ == Kind::deaf) return {200, {}, "", true, ""};
    const auto known = stored_.find(request.target);
    if (kind_ == Kind::greedy && known != stored_.end()) return known->second;
    const bool mute = kind_ == Kind::withholds;
    const Reply reply =
        script_->answer(request.method, request.target, {mute ? FieldLines() : request.fields, request.body});
    Response out{reply.status == 0 ? std::uint16_t{502} : reply.status, mute ? FieldLines() : reply.fields, reply.body,
                 true, "none"};
    if (reply.closes_after) out.complete = false;
    if (reply.status != 0) stored_[request.target] = out;
    return out;
  }

 private:
  const Kind kind_;
  std::shared_ptr<Script> script_;
  std::map<std::string, Response> stored_;
  Instant now_{};
};

}  // namespace freshet::conformance
