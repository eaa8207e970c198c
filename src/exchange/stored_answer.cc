#include "exchange/stored_answer.h"

#include "http/answer.h"
#include "http1/write.h"

#include <array>
#include <random>

namespace freshet::exchange {
namespace {

std::string new_boundary() {
  thread_local std::mt19937_64 random{std::random_device()()};
  std::string out = "freshet-";
  for (int i = 0; i < 24; ++i) out += "0123456789abcdef"[random() % 16];
  return out;
}

// The bytes of one range, which may lie in several pieces.
void add_slice(std::vector<std::string_view>& out, std::span<const std::string_view> body,
               const http::StoredHead& stored, const http::ByteRange& range) {
  std::uint64_t skip = range.first - stored.facts().part.first;
  std::uint64_t left = range.bytes();
  for (const std::string_view piece : body) {
    if (skip >= piece.size()) {
      skip -= piece.size();
      continue;
    }
    const std::string_view taken = piece.substr(skip, left);
    skip = 0;
    left -= taken.size();
    out.push_back(taken);
    if (left == 0) return;
  }
}

void append_status_field(std::string& out, const AnswerContext& context) {
  if (context.cache_name.empty()) return;
  out += "Cache-Status: ";
  http::append_cache_status(out, context.cache_name, context.cache_status);
  out += "\r\n";
}

// Several ranges: the parts' heads are written first, because the views into them must not move.
void add_parts(StoredAnswer& out, const http::StoredHead& stored, std::span<const std::string_view> body,
               std::span<const http::ByteRange> ranges, std::string_view boundary) {
  const std::string type(stored.find("Content-Type").value_or(""));
  const std::uint64_t complete = stored.facts().part.complete_bytes.value_or(0);
  std::vector<std::size_t> ends;
  for (const http::ByteRange& range : ranges) {
    http::append_part_head(out.parts, boundary, type, range, complete);
    ends.push_back(out.parts.size());
  }
  http::append_part_end(out.parts, boundary);
  std::size_t at = 0;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    out.body.push_back(std::string_view(out.parts).substr(at, ends[i] - at));
    add_slice(out.body, body, stored, ranges[i]);
    at = ends[i];
  }
  out.body.push_back(std::string_view(out.parts).substr(at));
}

}  // namespace

void make_answer(StoredAnswer& out, const http::StoredHead& stored, std::span<const std::string_view> body,
                 const AnswerContext& context) {
  out.fields.clear();
  out.body.clear();
  out.parts.clear();
  out.status = stored.facts().status;
  out.body_bytes = 0;
  if (http::evaluate(context.request, stored, context.now) == http::Precondition::not_modified) {
    out.status = 304;
    http::append_not_modified_fields(out.fields, stored, context.age);
    append_status_field(out.fields, context);
    return;
  }
  const http::Selection wanted = http::selection(context.request, stored, context.rules, context.now);
  switch (wanted.kind) {
    case http::Selection::Kind::whole:
      http::append_answer_fields(out.fields, stored, context.age);
      out.body.assign(body.begin(), body.end());
      break;
    case http::Selection::Kind::unsatisfiable:
      out.status = 416;
      http::append_range_answer_fields(out.fields, stored, context.age);
      http::append_unsatisfied_range(out.fields, stored.facts().part.complete_bytes.value_or(0));
      break;
    case http::Selection::Kind::ranges:
      out.status = 206;
      if (wanted.ranges().size() == 1) {
        http::append_range_answer_fields(out.fields, stored, context.age);
        http::append_content_range(out.fields, wanted.ranges().front(), stored.facts().part.complete_bytes);
        add_slice(out.body, body, stored, wanted.ranges().front());
        break;
      }
      const std::string boundary = new_boundary();
      http::append_multipart_answer_fields(out.fields, stored, context.age, boundary);
      add_parts(out, stored, body, wanted.ranges(), boundary);
      break;
  }
  for (const std::string_view piece : out.body) out.body_bytes += piece.size();
  append_status_field(out.fields, context);
  // A 204 has no body and no length (RFC 9110 section 8.6).
  if (out.status != 204) http1::append_field(out.fields, "Content-Length", out.body_bytes);
  if (context.request.method == "HEAD") out.body.clear();
}

}  // namespace freshet::exchange
