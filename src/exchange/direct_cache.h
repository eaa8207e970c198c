// For tests: the shortest driver of a Conversation, with a store in this process, a clock that is set and an origin
// that is a function. What takes a socket and a thread elsewhere happens here at once.
#pragma once

#include "exchange/conversation.h"
#include "exchange/stored_answer.h"
#include "http/hop_by_hop.h"

#include <freshet/testing.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace freshet::exchange {

/// A message that owns its text.
struct Message {
  std::uint16_t status = 0;  ///< 0: the origin closed the connection
  std::vector<std::pair<std::string, std::string>> lines;
  std::string body;
  bool complete = true;  ///< all of the body came that was announced

  std::vector<http::Field> fields() const {
    std::vector<http::Field> out;
    for (const auto& [name, value] : lines) out.push_back({name, value});
    return out;
  }
  void add(http::Fields more) {
    for (const http::Field& field : more) lines.emplace_back(field.name, field.value);
  }
};

struct Answer {
  Message message;
  Reason reason = Reason::miss_absent;
  std::optional<Reason> stored;  ///< what became of the origin's response
  bool asked_origin = false;     ///< before the answer went out, not behind it
};

/// The member of Cache-Status for an answer, without what only a store knows.
inline std::string cache_status_of(const Answer& answer) {
  std::string out;
  http::CacheStatus status;
  status.reason = answer.reason;
  http::append_cache_status(out, "freshet", status);
  return out;
}

class DirectCache {
 public:
  /// Gets the method and the fields that the cache sends on.
  using Origin = std::function<Message(std::string_view method, http::Fields request)>;

  DirectCache(http::Rules rules, Origin origin, std::shared_ptr<Store> store = testing::in_process_store())
      : rules_(std::move(rules)), origin_(std::move(origin)), store_(std::move(store), "http") {}

  Instant now{};
  /// What is done behind an answer goes through here, if it is set: whoever takes it calls it before the request's
  /// bytes are gone and before the next ask(). Unset, it is done before ask() returns.
  std::function<void(std::function<void()>)> behind_the_answer;
  const ResponseStore& responses() const { return store_; }

  Answer ask(const http::Request& request) {
    Conversation conversation(store_, rules_);
    const Answer answer = drive(conversation, conversation.start(request, now));
    if (conversation.revalidates()) {
      auto revalidation = [this, request] {
        Conversation background(store_, rules_);
        drive(background, background.start_background(request, now));
      };
      if (behind_the_answer) {
        behind_the_answer(std::move(revalidation));
      } else {
        revalidation();
      }
    }
    return answer;
  }

 private:
  Answer drive(Conversation& conversation, Step step) {
    Answer out;
    Message got;
    for (;;) {
      switch (step) {
        case Step::load:
          step = conversation.acquire(std::chrono::seconds(30), now);
          continue;
        case Step::ask: {
          out.asked_origin = true;
          got = origin_(conversation.outgoing_method(), conversation.outgoing());
          const std::vector<http::Field> fields = got.fields();
          step = got.status == 0 ? conversation.on_no_response(now)
                                 : conversation.on_head({got.status, fields}, {now, now}, got.body.size());
          continue;
        }
        case Step::collect:
          step = conversation.on_collected(got.body, now);
          continue;
        case Step::stream:
          out.reason = conversation.reason();
          out.message = streamed(conversation, got);
          if (got.complete) {
            conversation.finish(got.body, now);
          } else {
            conversation.abandon(LoadEnd::superseded);
          }
          out.stored = conversation.stored_reason();
          return out;
        case Step::serve:
          out.message = stored(conversation);
          break;
        case Step::fail:
          out.message.status = conversation.status();
          break;
        case Step::wait:  // nobody else is there
        case Step::nothing:
          break;
      }
      out.reason = conversation.reason();
      out.stored = conversation.stored_reason();
      return out;
    }
  }

  Message stored(const Conversation& conversation) const {
    StoredAnswer answer;
    make_answer(answer, conversation.stored(), conversation.stored_body(),
                {conversation.request(), rules_, now, conversation.age(), "", {}});
    Message out;
    out.status = answer.status;
    std::string_view rest = answer.fields;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find("\r\n"));
      rest.remove_prefix(line.size() + 2);
      const std::size_t colon = line.find(':');
      out.lines.emplace_back(line.substr(0, colon), http::trim(line.substr(colon + 1)));
    }
    for (const std::string_view piece : answer.body) out.body += piece;
    return out;
  }

  Message streamed(Conversation& conversation, const Message& got) const {
    // What a validation brought anew is held against the conditions that were kept from the origin.
    if (conversation.kept_head() != nullptr && conversation.join(conversation.offer(), now) == Step::stream &&
        http::evaluate(conversation.request(), conversation.stored(), now) == http::Precondition::not_modified) {
      return stored(conversation);
    }
    const std::vector<http::Field> fields = got.fields();
    Message out{got.status, {}, conversation.request().method == "HEAD" ? "" : got.body, got.complete};
    for (const http::Field& field : fields) {
      if (http::is_returned_field({got.status, fields}, field.name)) out.lines.emplace_back(field.name, field.value);
    }
    return out;
  }

  http::Rules rules_;
  Origin origin_;
  ResponseStore store_;
};

}  // namespace freshet::exchange
