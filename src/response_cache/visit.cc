#include "response_cache/visit.h"

#include "http/status.h"
#include "response_cache/entity_tag.h"

#include <freshet/error.h>

#include <exception>
#include <utility>

namespace freshet::response_cache {
namespace {

using exchange::Step;

std::string message_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "the handler threw what is no std::exception";
  }
}

bool is_no_field(const HttpField& field) noexcept {
  return !http::is_token(field.name) || !http::is_field_value(field.value);
}

// Field lines, each with its end, as they are stored.
void append_lines(std::vector<HttpField>& out, std::string_view lines) {
  while (!lines.empty()) {
    const std::string_view line = lines.substr(0, lines.find("\r\n"));
    lines.remove_prefix(std::min(line.size() + http::kLineEnd, lines.size()));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon);
    if (http::same_word(name, kControlField) || http::same_word(name, "Content-Length")) continue;
    out.push_back({std::string(name), std::string(http::trim(line.substr(colon + 1)))});
  }
}

}  // namespace

Visit::Visit(std::shared_ptr<const Workshop> shop, SeenRequest seen, const Route& route, bool refreshes)
    : shop_(std::move(shop)),
      seen_(std::move(seen)),
      route_(&route),
      rules_(&shop_->rules.rules(route, seen_.is_personal, refreshes)),
      conversation_(shop_->store, *rules_) {
  for (const HttpField& field : seen_.request.fields) fields_.push_back({field.name, field.value});
}

http::Request Visit::request() const noexcept {
  return {seen_.request.method, seen_.request.scheme, seen_.request.authority, seen_.key_target, fields_};
}

HttpAnswer Visit::answer(const HttpRequest& asked, const HttpHandler& handler) {
  Step step = seen_.is_unshared ? conversation_.start_alone(request(), now()) : conversation_.start(request(), now());
  for (;;) {
    switch (step) {
      case Step::load:
        step = conversation_.acquire(shop_->options.lease_deadline, now());
        break;
      case Step::wait:
        step = wait();
        break;
      case Step::ask:
        step = ask(handler);
        break;
      case Step::serve:
        // Whoever may store nothing may not refresh either: somebody else will.
        due_ = conversation_.revalidates() && !seen_.is_unshared;
        return stored_answer(asked, conversation_.stored(), conversation_.stored_body(), conversation_.age());
      case Step::stream:
        return made_answer(asked);
      case Step::fail:
        return failure();
      case Step::collect:
      case Step::nothing:
        // Parts are never stored here, and this is no background run.
        throw Error("response cache: the conversation asked for what no view has");
    }
  }
}

Step Visit::wait() {
  const Waited waited =
      shop_->store.store().wait(conversation_.load_key(), conversation_.ticket(), shop_->options.lease_deadline);
  waited_for_ = waited.message;
  return conversation_.waited(waited.end, now());
}

Step Visit::ask(const HttpHandler& handler) {
  asked_at_ = now();
  std::vector<std::string> tags = route_->tags;
  try {
    response_ = handler(seen_.request);
    if (route_->tags_of) {
      for (std::string& tag : route_->tags_of(seen_.request, response_)) tags.push_back(std::move(tag));
    }
  } catch (...) {
    const std::exception_ptr failure = std::current_exception();
    conversation_.abandon(LoadEnd::failed, message_of(failure));
    count(Reason::load_failed);
    const Step step = conversation_.on_no_response(now());
    if (step != Step::serve) std::rethrow_exception(failure);
    return step;
  }
  shop_->store.store().observe_load(now() - asked_at_);
  const Step step = received();
  if (step == Step::stream && conversation_.kept_head() != nullptr) {
    conversation_.add_tags(tags);
    keep();
  }
  return step;
}

Step Visit::leave_unstored(Reason why) {
  conversation_.abandon(LoadEnd::not_stored);
  stored_ = why;
  return Step::stream;
}

Step Visit::received() {
  // Whatever is written to a socket later: no value may end its line and begin another.
  if (std::erase_if(response_.fields, is_no_field) != 0) {
    return leave_unstored(Reason::refused_bad_field);
  }
  if (response_.is_streamed) return leave_unstored(Reason::refused_by_loader);
  if (!http::is_final(static_cast<std::uint16_t>(response_.status))) return leave_unstored(Reason::refused_status);
  // Answers to conditions and ranges, which the handler was not given.
  if (response_.status == 304 || response_.status == 206) return leave_unstored(Reason::refused_status);
  if (response_.body.size() > shop_->options.most_body_bytes) return leave_unstored(Reason::refused_too_large);

  std::vector<http::Field> fields;
  for (const HttpField& field : response_.fields) fields.push_back({field.name, http::trim(field.value)});
  const Instant at = now();
  const Terms terms =
      terms_of(*route_, response_.status, fields, std::chrono::floor<std::chrono::seconds>(at - asked_at_));
  if (terms.refusal) {
    // What was stored there has ended, and must not stand in later for a failure.
    if (response_.status >= 400) shop_->store.erase(conversation_.url_key());
    return leave_unstored(*terms.refusal);
  }
  const std::string tag = response_.status == 200 && !http::has(fields, "ETag") ? entity_tag(response_) : "";
  if (!tag.empty()) fields.push_back({"ETag", tag});
  if (!terms.control.empty()) fields.push_back({kControlField, terms.control});
  const Step step = conversation_.on_head({static_cast<std::uint16_t>(response_.status), fields}, {asked_at_, at},
                                          response_.body.size());
  if (step != Step::stream) return step;
  if (conversation_.kept_head() == nullptr) {
    stored_ = conversation_.stored_reason();
    // It might have been stored, but not from this request.
    if (stored_ == Reason::stored) {
      stored_ = seen_.is_unshared ? std::optional(Reason::refused_authorization) : std::nullopt;
    }
  }
  return step;
}

void Visit::keep() {
  const std::string* head = conversation_.kept_head();
  stored_ = conversation_.finish(response_.body, now());
  kept_head_ = *head;  // finish() has written the body's length into it
}

// --- what the client gets
// -----------------------------------------------------------------------------------------------

HttpAnswer Visit::stored_answer(const HttpRequest& asked, const http::StoredHead& head, std::string_view body,
                                http::Seconds age) {
  std::vector<http::Field> fields;
  for (const HttpField& field : asked.fields) fields.push_back({field.name, field.value});
  const http::Request request{asked.method, asked.scheme, asked.authority, asked.target, fields};
  exchange::StoredAnswer made;
  const Instant at = now();
  exchange::make_answer(made, head, body, {request, *rules_, at, age, {}, {}});

  HttpAnswer out;
  out.reason = conversation_.reason();
  out.stored = stored_;
  out.response.status = made.status;
  append_lines(out.response.fields, made.fields);
  // A HEAD has it for its length.
  if (asked.method == "HEAD" && made.status != 304) made.body.assign(1, body);
  out.response.body.reserve(made.body_bytes);
  for (const std::string_view piece : made.body) out.response.body.append(piece);
  add_declared_fields(out.response, *route_, true);
  tell(out, std::chrono::floor<http::Seconds>(head.facts().fresh_until() - at));
  return out;
}

HttpAnswer Visit::made_answer(const HttpRequest& asked) {
  if (!kept_head_.empty()) {
    if (const auto head = http::StoredHead::view(kept_head_)) {
      HttpAnswer out = stored_answer(asked, *head, response_.body, head->facts().initial_age);
      out.is_from_handler = true;
      return out;
    }
  }
  HttpAnswer out;
  out.reason = conversation_.reason();
  out.stored = stored_;
  out.is_from_handler = true;
  out.response = std::move(response_);
  std::erase_if(out.response.fields, [](const HttpField& field) {
    return http::same_word(field.name, kControlField) || http::same_word(field.name, "Content-Length");
  });
  add_declared_fields(out.response, *route_, false);
  tell(out, std::nullopt);
  return out;
}

HttpAnswer Visit::failure() {
  // Whoever waited for a handler that threw.
  if (conversation_.reason() == Reason::load_failed) {
    count(Reason::load_failed);
    throw LoadFailed(waited_for_.empty() ? "the handler failed in another call" : waited_for_);
  }
  HttpAnswer out;
  out.reason = conversation_.reason();
  out.response.status = conversation_.status();
  out.response.fields = {{"Content-Type", "text/plain; charset=utf-8"}};
  out.response.body = std::string(meaning(out.reason)) + "\n";
  tell(out, std::nullopt);
  return out;
}

void Visit::tell(HttpAnswer& answer, std::optional<http::Seconds> ttl) const {
  count(answer.reason);
  if (answer.stored && *answer.stored != Reason::stored) count(*answer.stored);
  if (shop_->options.cache_name.empty()) return;
  http::CacheStatus status;
  status.reason = answer.reason;
  status.ttl = ttl;
  status.forward_status = conversation_.forward_status();
  status.stored = answer.stored == Reason::stored;
  status.collapsed = conversation_.is_collapsed();
  if (answer.stored && !status.stored) status.refused = answer.stored;
  HttpField field{"Cache-Status", {}};
  http::append_cache_status(field.value, shop_->options.cache_name, status);
  answer.response.fields.push_back(std::move(field));
}

void add_declared_fields(HttpResponse& response, const Route& route, bool is_shared) {
  std::string vary;
  const auto varies = [&](std::string_view name) {
    if (!vary.empty()) vary += ", ";
    vary += name;
  };
  for (const std::string& name : route.headers) varies(name);
  if (!route.cookies.empty()) varies("Cookie");
  if (!route.languages.empty()) varies("Accept-Language");
  if (!vary.empty()) response.fields.push_back({"Vary", std::move(vary)});

  if (!response.field("Cache-Control")) {
    if (route.user) {
      // Caches on the way know nothing of users: only the browser may keep what is keyed by one.
      response.fields.push_back({"Cache-Control", CacheControl::personal().text()});
    } else if (route.browsers && is_shared) {
      response.fields.push_back({"Cache-Control", route.browsers->text()});
    }
  }
  if (route.cdns && is_shared && !route.user && !response.field("CDN-Cache-Control")) {
    response.fields.push_back({"CDN-Cache-Control", route.cdns->text()});
  }
}

// --- in the background
// --------------------------------------------------------------------------------------------------

bool Visit::claim() {
  Step step = conversation_.start_background(request(), now());
  if (step == Step::load) step = conversation_.acquire(shop_->options.lease_deadline, now());
  return step == Step::ask;
}

void Visit::refresh(const HttpHandler& handler) noexcept {
  try {
    ask(handler);
    if (stored_ && *stored_ != Reason::stored) count(*stored_);
  } catch (...) {
    // ask() has counted a handler that threw, and told whoever waits; nobody else is there to be told.
    drop();
  }
}

void Visit::drop() { conversation_.abandon(LoadEnd::superseded); }

}  // namespace freshet::response_cache
