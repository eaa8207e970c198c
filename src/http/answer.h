// The fields of an answer from the cache, in the bytes of HTTP/1.1. Status line, Content-Length of a whole body, and
// what belongs to the connection are the writer's.
//
// Most of it is the stored block as it lies there: a hit copies one run of bytes and appends one line.
#pragma once

#include "http/range.h"
#include "http/stored_head.h"

#include <span>
#include <string>

namespace freshet::http {

/// Fields of a 200 (or whatever status is stored) and of a HEAD: the block and Age (RFC 9111 section 4: "MUST generate
/// an Age header field").
void append_answer_fields(std::string& out, const StoredHead& stored, Seconds age);
/// Of a 206 or 416: the same without a Content-Range that the origin may have put into a 200; the true one is appended
/// by the functions below.
void append_range_answer_fields(std::string& out, const StoredHead& stored, Seconds age);
/// Of a 304: those that RFC 9110 section 15.4.5 asks for, and Age. Not Last-Modified beside an ETag.
void append_not_modified_fields(std::string& out, const StoredHead& stored, Seconds age);

/// "Content-Range: bytes 0-4/10" with its line end; for 416 without a range: "bytes */10" (RFC 9110 section 14.4).
void append_content_range(std::string& out, const ByteRange& range, std::optional<std::uint64_t> complete_bytes);
void append_unsatisfied_range(std::string& out, std::uint64_t complete_bytes);

/// The fields of a 206 with several ranges: as append_range_answer_fields(), with the Content-Type that says so; the
/// stored one stands in the parts.
void append_multipart_answer_fields(std::string& out, const StoredHead& stored, Seconds age, std::string_view boundary);
/// Several ranges in one body (RFC 9110 section 14.6). Before each range's bytes stands what append_part_head() writes,
/// and behind the last what append_part_end() writes. `boundary` is the writer's: random, so that no stored body
/// contains it.
void append_part_head(std::string& out, std::string_view boundary, std::string_view content_type,
                      const ByteRange& range, std::uint64_t complete_bytes);
void append_part_end(std::string& out, std::string_view boundary);

}  // namespace freshet::http
