// The cases in memory: exchange/direct_cache.h, which drives the conversations that the proxy has, with a clock that is
// set and an origin that is the script itself.
#pragma once

#include "exchange/direct_cache.h"
#include "tests/conformance/run_case.h"

namespace freshet::conformance {

class MemorySubject : public Subject {
 public:
  explicit MemorySubject(http::Rules rules) : rules_(std::move(rules)) {}

  void begin(const std::shared_ptr<Script>& script) override {
    script_ = script;
    cache_.emplace(rules_, [this](std::string_view method, http::Fields fields) { return ask_origin(method, fields); });
    cache_->behind_the_answer = [this](std::function<void()> work) { behind_ = std::move(work); };
    cache_->now = kStart;
  }

  Surroundings surroundings() const override { return {kStart, cache_->now, "", kAuthority}; }

  Response send(const Request& request) override {
    request_ = request;
    http::Request asked{request_.method, "http", kAuthority, request_.target, {}};
    fields_.clear();
    for (const auto& [name, value] : request_.fields) {
      if (http::same_word(name, "Host")) {
        asked.authority = value;
      } else {
        fields_.push_back({name, value});
      }
    }
    asked.fields = fields_;
    const exchange::Answer answer = cache_->ask(asked);
    Response out{answer.message.status, answer.message.lines, answer.message.body, answer.message.complete,
                 std::string(name(answer.reason))};
    out.fields.emplace_back("Cache-Status", exchange::cache_status_of(answer));
    return out;
  }

  void settle() override {
    if (!behind_) return;
    const auto work = std::exchange(behind_, nullptr);
    work();
  }
  void wait(std::chrono::seconds span) override { cache_->now += span; }
  std::chrono::milliseconds patience() const override { return std::chrono::milliseconds{0}; }

 private:
  static constexpr const char* kAuthority = "cache.example";
  // 2026-01-01 12:00:00 GMT, a Thursday.
  static constexpr Instant kStart =
      Instant(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1).time_since_epoch() + std::chrono::hours(12));

  exchange::Message ask_origin(std::string_view method, http::Fields fields) {
    Received request{{}, request_.body};
    for (const http::Field& field : fields) request.fields.emplace_back(field.name, field.value);
    const Reply reply = script_->answer(std::string(method), request_.target, request);
    exchange::Message out;
    out.status = reply.status;
    out.lines = reply.fields;
    out.body = method == "HEAD" ? "" : reply.body;
    if (reply.closes_after) {
      out.body.resize(*reply.closes_after);
      out.complete = false;
    }
    return out;
  }

  const http::Rules rules_;
  std::shared_ptr<Script> script_;
  std::optional<exchange::DirectCache> cache_;
  Request request_;
  std::vector<http::Field> fields_;
  std::function<void()> behind_;
};

}  // namespace freshet::conformance
