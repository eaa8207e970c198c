#include "exchange/conversation.h"

#include "exchange/surrogate_keys.h"
#include "http/hop_by_hop.h"
#include "http/invalidation.h"
#include "http/key.h"
#include "http/status.h"
#include "http/vary.h"

#include <utility>

namespace freshet::exchange {
namespace {

// Grants and waits without an answer before a request goes by itself.
constexpr int kMostRounds = 8;

bool has_conditions(http::Fields fields) {
  for (const http::Field& field : fields) {
    for (const std::string_view name :
         {"If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "If-Range", "Range"}) {
      if (http::same_word(field.name, name)) return true;
    }
  }
  return false;
}

}  // namespace

void Conversation::begin(const http::Request& request) {
  abandon(LoadEnd::superseded);
  request_ = request;
  directives_ = http::request_directives(request.fields);
  key_.clear();
  alone_ = shareable_ = background_ = collapsed_ = revalidates_ = false;
  rounds_ = 0;
  asked_ = Asked::nothing;
  forward_status_ = 0;
  stored_reason_.reset();
  served_.reset();
}

Step Conversation::start(const http::Request& request, Instant now) {
  begin(request);
  if (!http::append_key(key_, request, *rules_)) return fail(400, Reason::miss_bad_key);
  return look(now);
}

Step Conversation::start_alone(const http::Request& request, Instant now) {
  const Step step = start(request, now);
  return step == Step::load ? go_alone() : step;
}

Step Conversation::start_past(const http::Request& request) {
  begin(request);
  found_.head.reset();
  course_ = http::Course::forward;
  reason_ = Reason::miss_method;
  return go_alone();
}

Step Conversation::start_background(const http::Request& request, Instant now) {
  const Step step = start(request, now);
  background_ = true;
  if (step == Step::serve && !revalidates_) return Step::nothing;
  if (step == Step::fail) return Step::nothing;
  course_ = http::Course::validate;
  shareable_ = true;
  return Step::load;
}

Step Conversation::look(Instant now) {
  served_.reset();
  served_found_ = false;
  revalidates_ = false;
  store_->look(key_, request_.fields, *rules_, now, place_, found_, copy_at_most_);
  const http::Reuse plan = found_ ? http::reuse(*found_.head, request_, directives_, *rules_, now)
                                  : http::nothing_stored(request_, directives_, *rules_, found_.reason);
  course_ = plan.course;
  reason_ = plan.reason;
  switch (plan.course) {
    case http::Course::serve:
      return serve_found(plan.age, plan.reason);
    case http::Course::serve_and_revalidate:
      revalidates_ = true;
      return serve_found(plan.age, plan.reason);
    case http::Course::refuse:
      return fail(504, plan.reason);
    case http::Course::validate:
      found_.copy();  // it may take long until it is needed, or never be
      if (stands_in(now)) return Step::serve;
      break;
    case http::Course::forward:
      found_.copy();
      break;
  }
  store_->store().remember_miss(place_.entry_key, reason_, now);
  const bool validates = course_ == http::Course::validate && !http::Conditions(*found_.head).fields().empty() &&
                         !found_.head->facts().partial;
  shareable_ = request_.method == "GET" && !directives_.no_store && (validates || !has_conditions(request_.fields));
  return Step::load;
}

// The origin has just failed to answer this, and the stale response may stand in for it.
bool Conversation::stands_in(Instant now) {
  if (reason_ != Reason::miss_expired || rules_->pause_after_failure <= http::Seconds{0}) return false;
  const auto failed_at = store_->store().failed_at(place_.entry_key);
  if (!failed_at || now >= *failed_at + rules_->pause_after_failure) return false;
  const http::Reuse instead = http::reuse_on_error(*found_.head, request_, directives_, *rules_, now, 0);
  return instead.course == http::Course::serve && serve_found(instead.age, instead.reason) == Step::serve;
}

Step Conversation::serve_found(http::Seconds age, Reason reason) {
  served_ = found_.head;
  served_bytes_ = found_.bytes;
  served_body_ = found_.pinned ? std::string_view() : found_.body();
  served_found_ = true;
  age_ = age;
  reason_ = reason;
  return Step::serve;
}

// What was made of a stored response and a newer head: made_ begins with its head.
Step Conversation::serve_made(std::string_view body, http::Seconds age, Reason reason) {
  served_ = http::StoredHead::view(made_);
  served_bytes_ = made_;
  served_body_ = body;
  served_found_ = false;
  age_ = age;
  reason_ = reason;
  return served_ ? Step::serve : fail(502, Reason::refused_bad_field);
}

Step Conversation::fail(std::uint16_t status, Reason reason) {
  status_ = status;
  reason_ = reason;
  return Step::fail;
}

// --- whose load it is ----------------------------------------------------------------------------------------------

Step Conversation::acquire(Duration deadline, Instant now) {
  if (request_.method != "GET") return ask();
  const Reason first = reason_;
  for (; rounds_ < kMostRounds; ++rounds_) {
    const Acquire got = store_->store().acquire(place_.entry_key, deadline);
    if (got.status == Acquire::Status::unavailable) return go_alone();
    lease_ = got.lease;
    if (got.status == Acquire::Status::busy) {
      ++rounds_;
      return background_ ? Step::nothing : Step::wait;
    }
    leased_ = true;
    // Between the look and the grant another may have stored it, or a list of variants have come to be.
    const std::string leased_key = place_.entry_key;
    const Step step = look(now);
    if (step == Step::load && place_.entry_key == leased_key) {
      reason_ = first;
      return ask();
    }
    if (step == Step::serve && revalidates_ && background_ && place_.entry_key == leased_key) {
      course_ = http::Course::validate;
      return ask();
    }
    store_->store().release(leased_key, lease_, LoadEnd::superseded);
    leased_ = false;
    if (step == Step::load || (background_ && revalidates_)) continue;
    if (background_) return Step::nothing;
    if (step == Step::serve && kind(first) != ReasonKind::hit && reason_ == Reason::hit)
      reason_ = Reason::hit_coalesced;
    return step;
  }
  return background_ ? Step::nothing : go_alone();
}

Step Conversation::go_alone() noexcept {
  release(LoadEnd::superseded);
  alone_ = true;
  return ask();
}

Step Conversation::waited(LoadEnd end, Instant now) {
  lease_ = {};
  switch (end) {
    case LoadEnd::failed:
      return on_no_response(now);
    case LoadEnd::not_stored:
    case LoadEnd::timeout:
      return go_alone();
    case LoadEnd::stored:
    case LoadEnd::superseded:
    case LoadEnd::owner_died:
      break;
  }
  const Step step = look(now);
  if (step == Step::serve && reason_ == Reason::hit) {
    reason_ = Reason::hit_coalesced;
    collapsed_ = true;
  }
  // What was stored is no answer to this request, or only for an instant (max-age=0): asking in a row would be slower
  // than asking at once.
  if (step == Step::load && end == LoadEnd::stored) return go_alone();
  return step;
}

Step Conversation::join(const Offer& offer, Instant now) {
  const auto head = http::StoredHead::view(offer.head);
  if (!head) return Step::load;
  if (!offer.names.empty()) {
    std::string selecting;
    if (!http::append_selecting(selecting, offer.names, request_.fields, *rules_) || selecting != offer.selecting) {
      return Step::load;
    }
  }
  const http::Reuse plan = http::reuse(*head, request_, directives_, *rules_, now);
  if (plan.course != http::Course::serve) return Step::load;
  made_ = offer.head;
  collapsed_ = true;
  serve_made({}, plan.age, Reason::hit_coalesced);
  return Step::stream;
}

void Conversation::release(LoadEnd end, std::string_view message) noexcept {
  if (leased_) store_->store().release(place_.entry_key, lease_, end, message);
  leased_ = false;
  lease_ = {};
}

// --- what is sent --------------------------------------------------------------------------------------------------

Step Conversation::ask() {
  if (found_ && course_ == http::Course::validate && request_.method != "HEAD") {
    const http::Conditions conditions(*found_.head);
    if (!conditions.fields().empty()) {
      asked_ = Asked::to_validate;
      ask_with(conditions.fields(), true);
      return Step::ask;
    }
  }
  if (found_ && course_ == http::Course::forward) {
    if (const auto wanted = http::completion(*found_.head, request_, *rules_)) {
      range_ = "bytes=" + std::to_string(wanted->piece.first) + '-';
      if (wanted->piece.last) range_ += std::to_string(*wanted->piece.last);
      const std::array<http::Field, 2> conditions = {{{"Range", range_}, {"If-Range", wanted->if_range}}};
      asked_ = Asked::to_complete;
      ask_with(http::Fields(conditions).first(wanted->if_range.empty() ? 1 : 2), false);
      return Step::ask;
    }
  }
  asked_ = Asked::plainly;
  ask_with({}, false);
  return Step::ask;
}

void Conversation::ask_with(http::Fields conditions, bool replacing) {
  outgoing_.clear();
  for (const http::Field& field : request_.fields) {
    if (!http::is_forwarded_field(request_, *rules_, field.name)) continue;
    if (replacing && http::is_replaced_when_validating(*found_.head, field.name)) continue;
    outgoing_.push_back(field);
  }
  outgoing_.insert(outgoing_.end(), conditions.begin(), conditions.end());
}

// --- what came back ------------------------------------------------------------------------------------------------

Step Conversation::on_head(const http::Response& response, const http::Exchange& exchange, std::uint64_t body_bytes) {
  forward_status_ = response.status;
  asked_at_ = exchange.request_at;
  if (asked_ == Asked::to_validate && response.status == 304) {
    if (http::identifies(*found_.head, response, exchange.response_at)) return refresh(response, exchange);
    asked_ = Asked::plainly;
    ask_with({}, false);
    return Step::ask;
  }
  if (asked_ == Asked::to_complete && response.status == 206) {
    keep_bytes_of(response);
    return Step::collect;
  }
  return received(response, exchange, body_bytes);
}

Step Conversation::received(const http::Response& response, const http::Exchange& exchange, std::uint64_t body_bytes) {
  const Instant now = exchange.response_at;
  if (found_ && http::is_server_failure(response.status)) {
    const http::Reuse instead =
        http::reuse_on_error(*found_.head, request_, directives_, *rules_, now, response.status);
    if (instead.course == http::Course::serve) {
      store_->store().remember_failure(place_.entry_key, now);
      release(LoadEnd::failed);
      return serve_found(instead.age, instead.reason);
    }
  }
  invalidate(response);
  if (request_.method == "HEAD" && found_) {
    const http::HeadSays says = http::compare_with_head(*found_.head, response, now);
    if (says == http::HeadSays::the_same) return refresh(response, exchange);
    if (says == http::HeadSays::changed) store_->erase(key_);
  }
  kept_ = http::keep(request_, response, *rules_, exchange, body_bytes);
  kept_head_.clear();
  is_kept_ = kept_.reason == Reason::stored && http::append_kept_head(kept_head_, kept_, response, *rules_);
  if (kept_.reason == Reason::stored && !is_kept_) kept_.reason = Reason::refused_bad_field;
  if (alone_) is_kept_ = false;
  stored_reason_ = kept_.reason;
  tags_.clear();
  if (is_kept_) append_surrogate_keys(tags_, response.fields);
  if (!is_kept_) {
    // A 304 or 206 answers this client's own conditions and says nothing of what others would get.
    release(response.status == 304 || response.status == 206 ? LoadEnd::superseded : LoadEnd::not_stored);
  }
  return Step::stream;
}

Step Conversation::refresh(const http::Response& newer, const http::Exchange& exchange) {
  const http::Updated updated = http::update(*found_.head, request_, newer, *rules_, exchange);
  stored_reason_ = updated.kept.reason;
  if (updated.kept.reason == Reason::stored && !alone_) {
    tags_.clear();
    std::vector<http::Field> fields;
    const auto head = http::StoredHead::view(updated.head);
    if (head) head->append_fields(fields);
    append_surrogate_keys(tags_, fields);
    stored_reason_ = store_->put(
        place_, request_, *rules_,
        {updated.head, found_.body(), updated.kept.keep_until, exchange.response_at - exchange.request_at, tags_},
        leased_ ? lease_ : Lease{}, exchange.response_at);
    leased_ = false;
  } else {
    release(LoadEnd::not_stored);
    if (updated.erase) store_->erase(key_);
  }
  made_ = updated.head;
  return serve_made(found_.body(), updated.kept.facts.initial_age, reason_);
}

void Conversation::keep_bytes_of(const http::Response& response) {
  part_bytes_.clear();
  part_fields_.clear();
  std::size_t bytes = 0;
  for (const http::Field& field : response.fields) bytes += field.name.size() + field.value.size();
  part_bytes_.reserve(bytes);
  const auto copy = [&](std::string_view text) {
    const std::size_t at = part_bytes_.size();
    part_bytes_.append(text);
    return std::string_view(part_bytes_).substr(at);
  };
  for (const http::Field& field : response.fields) part_fields_.push_back({copy(field.name), copy(field.value)});
}

Step Conversation::on_collected(std::string_view body, Instant now) {
  const http::Response partial{206, part_fields_};
  const auto range = http::parse_content_range(http::find(part_fields_, "Content-Range").value_or(""));
  const auto part = range ? http::part_of(*range, body.size(), *rules_) : std::nullopt;
  const auto joined = part ? http::joins(*found_.head, partial, *part, now) : std::nullopt;
  if (!joined || joined->part.first != 0 || joined->part.complete_bytes != joined->part.bytes) {
    asked_ = Asked::plainly;
    ask_with({}, false);
    return Step::ask;
  }
  std::string whole;
  const std::string_view first = joined->a_comes_first ? found_.body() : body;
  const std::string_view second = joined->a_comes_first ? body : found_.body();
  whole.append(first).append(second.substr(joined->skip_in_second));

  const std::vector<http::Field> fields = http::merged_fields(*found_.head, partial, *rules_);
  const http::Exchange exchange{asked_at_, now};
  const http::Response complete{200, fields};
  http::Kept kept = http::keep(request_, complete, *rules_, exchange, whole.size());
  stored_reason_ = kept.reason;
  if (kept.reason != Reason::stored) {
    kept.facts = found_.head->facts();
    kept.facts.partial = false;
    kept.facts.status = 200;
    kept.facts.part = {0, whole.size(), whole.size()};
  }
  std::string head;
  if (!http::append_kept_head(head, kept, complete, *rules_)) return fail(502, Reason::refused_bad_field);
  if (kept.reason == Reason::stored && !alone_) {
    tags_.clear();
    append_surrogate_keys(tags_, fields);
    stored_reason_ = store_->put(place_, request_, *rules_, {head, whole, kept.keep_until, now - asked_at_, tags_},
                                 leased_ ? lease_ : Lease{}, now);
    leased_ = false;
  } else {
    release(LoadEnd::not_stored);
  }
  const std::size_t head_bytes = head.size();
  made_ = std::move(head) + whole;
  return serve_made(std::string_view(made_).substr(head_bytes), kept.facts.initial_age, reason_);
}

Step Conversation::on_no_response(Instant now) {
  if (found_) {
    const http::Reuse instead = http::reuse_on_error(*found_.head, request_, directives_, *rules_, now, 0);
    if (instead.course == http::Course::serve) {
      store_->store().remember_failure(place_.entry_key, now);
      release(LoadEnd::failed);
      return serve_found(instead.age, instead.reason);
    }
  }
  release(LoadEnd::failed);
  return fail(504, Reason::load_failed);
}

void Conversation::invalidate(const http::Response& response) {
  for (const std::string& gone : http::invalidated_keys(request_, response, *rules_)) {
    if (store_->erase(gone) == Reason::erased) store_->store().count(Reason::invalidated_by_method);
  }
}

// --- a body that streamed ------------------------------------------------------------------------------------------

Offer Conversation::offer() const {
  Offer out;
  if (!is_kept_) return out;
  out.head = kept_head_;
  std::vector<http::Field> fields;
  if (const auto head = http::StoredHead::view(kept_head_)) head->append_fields(fields);
  out.names = http::vary_names(fields, *rules_).value_or("");
  if (!out.names.empty()) http::append_selecting(out.selecting, out.names, request_.fields, *rules_);
  return out;
}

Reason Conversation::finish(std::string_view body, Instant now) {
  if (!is_kept_) return stored_reason_.value_or(Reason::refused_by_loader);
  is_kept_ = false;
  http::Part part = kept_.facts.part;
  if (!kept_.facts.partial) {
    part = {0, body.size(), body.size()};
  } else if (part.bytes != body.size()) {
    release(LoadEnd::not_stored);
    stored_reason_ = Reason::refused_content_range;
    return *stored_reason_;
  }
  if (!http::set_part(kept_head_, part)) {
    release(LoadEnd::not_stored);
    stored_reason_ = Reason::refused_incomplete;
    return *stored_reason_;
  }
  stored_reason_ = store_->put(place_, request_, *rules_, {kept_head_, body, kept_.keep_until, now - asked_at_, tags_},
                               leased_ ? lease_ : Lease{}, now);
  leased_ = false;
  return *stored_reason_;
}

void Conversation::abandon(LoadEnd end, std::string_view message) noexcept {
  if (is_kept_) stored_reason_ = Reason::refused_incomplete;
  is_kept_ = false;
  release(end, message);
}

void Conversation::give_up_storing() noexcept {
  if (!is_kept_) return;
  is_kept_ = false;
  stored_reason_ = Reason::refused_too_large;
  release(LoadEnd::not_stored);
}

}  // namespace freshet::exchange
