#include "http/answer.h"

#include <charconv>

namespace freshet::http {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_line(std::string& out, const Field& field) {
  out.append(field.name).append(": ").append(field.value).append("\r\n");
}

void append_age(std::string& out, Seconds age) {
  out += "Age: ";
  append_number(out, static_cast<std::uint64_t>(age.count()));
  out += "\r\n";
}

void append_range(std::string& out, const ByteRange& range, std::optional<std::uint64_t> complete_bytes) {
  out += "Content-Range: bytes ";
  append_number(out, range.first);
  out += '-';
  append_number(out, range.last);
  out += '/';
  if (complete_bytes) {
    append_number(out, *complete_bytes);
  } else {
    out += '*';
  }
  out += "\r\n";
}

}  // namespace

void append_answer_fields(std::string& out, const StoredHead& stored, Seconds age) {
  out += stored.block();
  append_age(out, age);
}

void append_range_answer_fields(std::string& out, const StoredHead& stored, Seconds age) {
  stored.each_field([&](const Field& field) {
    if (!same_word(field.name, "Content-Range")) append_line(out, field);
  });
  append_age(out, age);
}

void append_multipart_answer_fields(std::string& out, const StoredHead& stored, Seconds age,
                                    std::string_view boundary) {
  stored.each_field([&](const Field& field) {
    if (!same_word(field.name, "Content-Range") && !same_word(field.name, "Content-Type")) append_line(out, field);
  });
  append_age(out, age);
  out.append("Content-Type: multipart/byteranges; boundary=").append(boundary).append("\r\n");
}

void append_not_modified_fields(std::string& out, const StoredHead& stored, Seconds age) {
  const auto is_sent = [&](std::string_view name) {
    for (const std::string_view one : {"Cache-Control", "Content-Location", "Date", "ETag", "Expires", "Vary"}) {
      if (same_word(name, one)) return true;
    }
    return stored.etag().empty() && same_word(name, "Last-Modified");
  };
  stored.each_field([&](const Field& field) {
    if (is_sent(field.name)) append_line(out, field);
  });
  append_age(out, age);
}

void append_content_range(std::string& out, const ByteRange& range, std::optional<std::uint64_t> complete_bytes) {
  append_range(out, range, complete_bytes);
}

void append_unsatisfied_range(std::string& out, std::uint64_t complete_bytes) {
  out += "Content-Range: bytes */";
  append_number(out, complete_bytes);
  out += "\r\n";
}

void append_part_head(std::string& out, std::string_view boundary, std::string_view content_type,
                      const ByteRange& range, std::uint64_t complete_bytes) {
  out.append("\r\n--").append(boundary).append("\r\n");
  if (!content_type.empty()) out.append("Content-Type: ").append(content_type).append("\r\n");
  append_range(out, range, complete_bytes);
  out += "\r\n";
}

void append_part_end(std::string& out, std::string_view boundary) {
  out.append("\r\n--").append(boundary).append("--\r\n");
}

}  // namespace freshet::http
