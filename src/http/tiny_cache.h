// For tests: the smallest cache that can be made of this room's functions, with a map for a store, a clock that is set
// and an origin that is a function. It shows in which order a driver asks them; it has no streams, no leases and no
// limits.
#pragma once

#include "http/answer.h"
#include "http/cache_status.h"
#include "http/conditional.h"
#include "http/hop_by_hop.h"
#include "http/invalidation.h"
#include "http/key.h"
#include "http/reuse.h"
#include "http/status.h"
#include "http/update.h"
#include "http/variants.h"
#include "http/vary.h"

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace freshet::http {

/// A message that owns its text.
struct Message {
  std::uint16_t status = 0;  ///< 0: the origin closed the connection
  std::vector<std::pair<std::string, std::string>> lines;
  std::string body;
  bool complete = true;  ///< all of the body came that was announced

  std::vector<Field> fields() const {
    std::vector<Field> out;
    for (const auto& [name, value] : lines) out.push_back({name, value});
    return out;
  }
  void add(Fields more) {
    for (const Field& field : more) lines.emplace_back(field.name, field.value);
  }
  /// Lines as HTTP/1.1 writes them, each with its end.
  void add_block(std::string_view block) {
    while (!block.empty()) {
      const std::size_t colon = block.find(':');
      const std::size_t end = block.find("\r\n");
      lines.emplace_back(block.substr(0, colon), trim(block.substr(colon + 1, end - colon - 1)));
      block.remove_prefix(end + kLineEnd);
    }
  }
};

struct Answer {
  Message message;
  Reason reason = Reason::miss_absent;
  bool asked_origin = false;  ///< before the answer went out, not behind it
};

/// The member of Cache-Status for an answer, without what only a store knows.
inline std::string cache_status_of(const Answer& answer) {
  std::string out;
  CacheStatus status;
  status.reason = answer.reason;
  append_cache_status(out, "freshet", status);
  return out;
}

class TinyCache {
 public:
  /// Gets the method and the fields that the cache sends on.
  using Origin = std::function<Message(std::string_view method, Fields request)>;

  TinyCache(Rules rules, Origin origin) : rules_(std::move(rules)), origin_(std::move(origin)) {}

  Instant now{};
  /// What is done behind an answer goes through here, if it is set: whoever takes it calls it before the request's
  /// bytes are gone and before the next ask(). Unset, it is done before ask() returns.
  std::function<void(std::function<void()>)> behind_the_answer;
  std::size_t size() const { return store_.size(); }

  Answer ask(const Request& request) {
    std::string key;
    if (!append_key(key, request, rules_)) return {{400, {}, "", true}, Reason::miss_bad_key, false};
    const RequestDirectives directives = request_directives(request.fields);
    std::string bytes;  // a copy: storing must not pull it away
    const Reason looked = look(key, request, bytes);
    const auto stored = StoredHead::view(bytes);
    const Reuse plan =
        stored ? reuse(*stored, request, directives, rules_, now) : nothing_stored(request, directives, rules_, looked);
    switch (plan.course) {
      case Course::serve:
        return {answer(*stored, bytes, request, plan.age), plan.reason, false};
      case Course::serve_and_revalidate: {
        Answer out{answer(*stored, bytes, request, plan.age), plan.reason, false};
        auto validation = [this, key, request, directives, bytes] {
          validate(key, request, directives, StoredHead::view(bytes).value(), bytes);
        };
        if (behind_the_answer) {
          behind_the_answer(std::move(validation));
        } else {
          validation();
        }
        return out;
      }
      case Course::validate:
        return {validate(key, request, directives, *stored, bytes), plan.reason, true};
      case Course::forward:
        return {forward(key, request, directives, stored, bytes), plan.reason, true};
      case Course::refuse:
        break;
    }
    return {{504, {}, "", true}, plan.reason, false};
  }

 private:
  // --- the store: a URL's key holds a response, or the list of its variants -----------------------------------------

  Reason look(const std::string& key, const Request& request, std::string& bytes) const {
    const auto at = store_.find(key);
    if (at == store_.end()) return Reason::miss_absent;
    bytes = at->second;
    const auto list = VariantList::view(bytes);
    if (!list) return Reason::miss_bad_head;  // or a head; whoever views it will see
    std::string scratch, variant_key;
    const auto variant = list->select(request.fields, rules_, scratch);
    if (variant) append_variant_key(variant_key, key, variant->selecting);
    const auto found = variant ? store_.find(variant_key) : store_.end();
    bytes = found == store_.end() ? std::string() : found->second;
    return Reason::miss_variant;
  }

  void erase(const std::string& key) {
    const auto at = store_.find(key);
    if (at == store_.end()) return;
    if (const auto list = VariantList::view(at->second)) {
      list->each([&](const Variant& variant) {
        std::string variant_key;
        append_variant_key(variant_key, key, variant.selecting);
        store_.erase(variant_key);
      });
    }
    store_.erase(key);
  }

  void put(const std::string& key, const Request& request, const std::string& head, const std::string& body) {
    const StoredHead stored = StoredHead::view(head).value();
    std::vector<Field> fields;
    stored.append_fields(fields);
    const std::string names = vary_names(fields, rules_).value_or("");
    if (names.empty()) {
      erase(key);
      store_[key] = head + body;
      return;
    }
    std::string selecting, list, variant_key;
    std::string_view dropped;
    if (!append_selecting(selecting, names, request.fields, rules_)) return;
    const std::string old = store_[key];
    const Variant added{names, selecting, sole_language(fields, names), stored.facts().date};
    if (!add_variant(list, VariantList::view(old), added, rules_, dropped)) return;
    if (!dropped.empty()) {
      append_variant_key(variant_key, key, dropped);
      store_.erase(variant_key);
      variant_key.clear();
    }
    store_[key] = list;
    append_variant_key(variant_key, key, selecting);
    store_[variant_key] = head + body;
  }

  // --- answers ------------------------------------------------------------------------------------------------------

  Message answer(const StoredHead& stored, const std::string& bytes, const Request& request, Seconds age) const {
    const Facts& facts = stored.facts();
    Message out;
    std::string block;
    if (evaluate(request, stored, now) == Precondition::not_modified) {
      out.status = 304;
      append_not_modified_fields(block, stored, age);
      out.add_block(block);
      return out;
    }
    const std::string_view body = std::string_view(bytes).substr(stored.head_bytes());
    const Selection wanted = selection(request, stored, rules_, now);
    if (wanted.kind == Selection::Kind::whole) {
      out.status = facts.status;
      append_answer_fields(block, stored, age);
      if (request.method != "HEAD") out.body = body;
    } else {
      append_range_answer_fields(block, stored, age);
      if (wanted.kind == Selection::Kind::unsatisfiable) {
        out.status = 416;
        append_unsatisfied_range(block, body.size());
      } else {
        out.status = 206;
        add_ranges(out, block, wanted.ranges(), stored, body);
      }
    }
    out.add_block(block);
    return out;
  }

  static void add_ranges(Message& out, std::string& block, std::span<const ByteRange> ranges, const StoredHead& stored,
                         std::string_view body) {
    const Part& part = stored.facts().part;
    const auto bytes_of = [&](const ByteRange& range) { return body.substr(range.first - part.first, range.bytes()); };
    if (ranges.size() == 1) {
      append_content_range(block, ranges[0], part.complete_bytes);
      out.body = bytes_of(ranges[0]);
      return;
    }
    constexpr std::string_view kBoundary = "no-body-of-a-test-has-this";
    const std::string type(stored.find("Content-Type").value_or(""));
    for (const ByteRange& range : ranges) {
      append_part_head(out.body, kBoundary, type, range, part.complete_bytes.value_or(0));
      out.body += bytes_of(range);
    }
    append_part_end(out.body, kBoundary);
    out.add_block(block);
    std::erase_if(out.lines, [](const auto& line) { return same_word(line.first, "Content-Type"); });
    block = std::string("Content-Type: multipart/byteranges; boundary=").append(kBoundary).append("\r\n");
  }

  static Message passed_on(const Message& from_origin, std::string_view method) {
    const std::vector<Field> fields = from_origin.fields();
    Message out{from_origin.status, {}, method == "HEAD" ? "" : from_origin.body, from_origin.complete};
    for (const Field& field : fields) {
      if (is_returned_field({from_origin.status, fields}, field.name)) out.lines.emplace_back(field.name, field.value);
    }
    return out;
  }

  // --- the origin ---------------------------------------------------------------------------------------------------

  Message send(const Request& request, const StoredHead* validated, Fields conditions) {
    std::vector<Field> fields;
    for (const Field& field : request.fields) {
      if (!is_forwarded_field(request, rules_, field.name)) continue;
      if (validated != nullptr && is_replaced_when_validating(*validated, field.name)) continue;
      fields.push_back(field);
    }
    fields.insert(fields.end(), conditions.begin(), conditions.end());
    return origin_(request.method, fields);
  }

  Message validate(const std::string& key, const Request& request, const RequestDirectives& directives,
                   const StoredHead& stored, const std::string& bytes) {
    const Conditions conditions(stored);
    // A HEAD goes as it is: its answer tells whether what is stored still holds (section 4.3.5).
    if (conditions.fields().empty() || request.method == "HEAD") {
      return forward(key, request, directives, stored, bytes);
    }
    const Message got = send(request, &stored, conditions.fields());
    const std::vector<Field> fields = got.fields();
    if (got.status != 304) return received(key, request, directives, &stored, bytes, got);
    if (!identifies(stored, {304, fields}, now)) {
      return received(key, request, directives, &stored, bytes, send(request, &stored, {}));
    }
    return refresh(key, request, stored, bytes, {304, fields});
  }

  Message refresh(const std::string& key, const Request& request, const StoredHead& stored, const std::string& bytes,
                  const Response& newer) {
    const Updated updated = update(stored, request, newer, rules_, {now, now});
    const std::string body = bytes.substr(stored.head_bytes());
    if (updated.kept.reason == Reason::stored) {
      put(key, request, updated.head, body);
    } else if (updated.erase) {
      erase(key);
    }
    const auto head = StoredHead::view(updated.head);
    return head ? answer(*head, updated.head + body, request, updated.kept.facts.initial_age)
                : Message{502, {}, "", true};
  }

  Message forward(const std::string& key, const Request& request, const RequestDirectives& directives,
                  const std::optional<StoredHead>& stored, const std::string& bytes) {
    if (const auto piece = stored ? completion(*stored, request, rules_) : std::nullopt) {
      return complete(key, request, directives, *stored, bytes, *piece);
    }
    return received(key, request, directives, stored ? &*stored : nullptr, bytes, send(request, nullptr, {}));
  }

  Message complete(const std::string& key, const Request& request, const RequestDirectives& directives,
                   const StoredHead& stored, const std::string& bytes, const Completion& wanted) {
    const std::string range = "bytes=" + std::to_string(wanted.piece.first) + "-" +
                              (wanted.piece.last ? std::to_string(*wanted.piece.last) : "");
    std::vector<Field> conditions = {{"Range", range}};
    if (!wanted.if_range.empty()) conditions.push_back({"If-Range", wanted.if_range});
    const Message got = send(request, nullptr, conditions);
    const std::vector<Field> fields = got.fields();
    if (got.status != 206) return received(key, request, directives, &stored, bytes, got);
    const auto content_range = parse_content_range(find(fields, "Content-Range").value_or(""));
    const auto part = content_range ? part_of(*content_range, got.body.size(), rules_) : std::nullopt;
    const auto joined = part ? joins(stored, {206, fields}, *part, now) : std::nullopt;
    if (!joined || joined->part.first != 0 || joined->part.complete_bytes != joined->part.bytes) {
      return received(key, request, directives, nullptr, bytes, send(request, nullptr, {}));
    }
    const std::string stored_body = bytes.substr(stored.head_bytes());
    Message whole;
    whole.status = 200;
    whole.body = joined->a_comes_first ? stored_body + got.body.substr(joined->skip_in_second)
                                       : got.body + stored_body.substr(joined->skip_in_second);
    whole.add(merged_fields(stored, {206, fields}, rules_));
    return received(key, request, directives, nullptr, bytes, whole);
  }

  Message received(const std::string& key, const Request& request, const RequestDirectives& directives,
                   const StoredHead* stored, const std::string& bytes, const Message& got) {
    if (stored != nullptr && (got.status == 0 || is_server_failure(got.status))) {
      const Reuse instead = reuse_on_error(*stored, request, directives, rules_, now, got.status);
      if (instead.course == Course::serve) return answer(*stored, bytes, request, instead.age);
    }
    if (got.status == 0) return {504, {}, "", true};
    const std::vector<Field> fields = got.fields();
    const Response response{got.status, fields};
    for (const std::string& gone : invalidated_keys(request, response, rules_)) erase(gone);
    if (request.method == "HEAD" && stored != nullptr) {
      const HeadSays says = compare_with_head(*stored, response, now);
      if (says == HeadSays::the_same) return refresh(key, request, *stored, bytes, response);
      if (says == HeadSays::changed) erase(key);
    }
    const Kept kept = keep(request, response, rules_, {now, now}, got.body.size());
    std::string head;
    if (!got.complete || kept.reason != Reason::stored || !append_kept_head(head, kept, response, rules_)) {
      return passed_on(got, request.method);
    }
    put(key, request, head, got.body);
    // Conditions and ranges that were left out towards the origin are the client's still.
    return stored != nullptr ? answer(StoredHead::view(head).value(), head + got.body, request, kept.facts.initial_age)
                             : passed_on(got, request.method);
  }

  Rules rules_;
  Origin origin_;
  std::map<std::string, std::string> store_;
};

}  // namespace freshet::http
