// Why a message is refused. One table: the status that a client gets, and the sentence for the log and the answer's
// body.
//
// In what an origin sends, each of them means the same: the answer cannot be trusted. The client gets 502 and the
// connection is closed, whatever the table's status.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace freshet::http1 {

// clang-format off
// X(word, status, sentence)
#define FRESHET_HTTP1_REFUSALS(X)                                                                                      \
  X(none,                  0,   "The message is well formed.")                                                         \
  X(leading_empty_lines,   400, "More than one empty line stands before the request line.")                            \
  X(bad_method,            400, "The request does not begin with a method and a space.")                               \
  X(bad_target,            400, "The request target is empty or holds a control byte.")                                \
  X(fragment_in_target,    400, "The request target holds a fragment, which clients keep to themselves.")              \
  X(target_too_long,       414, "The request target is longer than the limit.")                                        \
  X(target_form,           400, "The request target has a form that its method does not have.")                        \
  X(foreign_scheme,        400, "The absolute request target is no http or https URI.")                                \
  X(query_without_path,    400, "The absolute request target has a query and no path.")                                \
  X(bad_target_host,       400, "The request target names a host that cannot be one.")                                 \
  X(version_missing,       400, "The request line has no version: HTTP/0.9 is not spoken here.")                       \
  X(bad_version,           400, "The first line holds no version of the form HTTP/1.1, or a space too many.")          \
  X(unsupported_version,   505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.")                                         \
  X(bad_status,            502, "The status line holds no status between 100 and 599.")                                \
  X(bad_reason_phrase,     502, "The reason phrase holds a control byte.")                                             \
  X(bare_lf,               400, "A line ends in LF without the CR before it.")                                         \
  X(bare_cr,               400, "A CR stands without the LF behind it.")                                               \
  X(leading_whitespace,    400, "Whitespace stands before the first field.")                                           \
  X(folded_line,           400, "A field goes on in a second line, which HTTP has given up.")                          \
  X(bad_field_name,        400, "A field's name is empty or holds a byte that no name has, or its colon is missing.")  \
  X(space_before_colon,    400, "Whitespace stands in a field's name, or between it and its colon.")                   \
  X(control_byte,          400, "A field's value holds a control byte.")                                               \
  X(too_many_fields,       431, "The message has more fields than the limit.")                                         \
  X(head_too_large,        431, "The message's head is larger than the limit.")                                        \
  X(host_missing,          400, "The request has no Host.")                                                            \
  X(host_repeated,         400, "The request has more than one Host.")                                                 \
  X(bad_host,              400, "Host is not a host with or without a port.")                                          \
  X(host_disagrees,        400, "Host is not the host that the request target names.")                                 \
  X(bad_content_length,    400, "Content-Length is not one plain decimal number.")                                     \
  X(content_length_repeated, 400, "The message has more than one Content-Length.")                                     \
  X(length_and_chunked,    400, "The message has both Content-Length and Transfer-Encoding.")                          \
  X(chunked_in_http_1_0,   400, "Transfer-Encoding came with HTTP/1.0, which does not know it.")                       \
  X(transfer_coding_repeated, 400, "The message has more than one Transfer-Encoding.")                                 \
  X(unknown_transfer_coding, 501, "Transfer-Encoding is something else than chunked.")                                 \
  X(framing_lookalike,     400, "A field is called Content-Length or Transfer-Encoding but for an underscore.")         \
  X(body_on_connect,       400, "CONNECT came with a body, which it cannot have.")                                     \
  X(unknown_expectation,   417, "Expect is something else than 100-continue.")                                         \
  X(bad_chunk_size,        400, "A chunk's size is not one to sixteen hexadecimal digits within 63 bits.")             \
  X(bad_chunk_extension,   400, "Something else than an extension follows a chunk's size, or it holds a control byte.") \
  X(chunk_extensions_too_large, 400, "The extensions of the chunks are larger than the limit.")                        \
  X(bad_chunk_end,         400, "A chunk's bytes are not followed by CR and LF.")                                      \
  X(bad_trailer,           400, "A line behind the last chunk is not a field.")                                        \
  X(trailers_too_large,    431, "The fields behind the last chunk are larger than the limit.")                         \
  X(body_cut_short,        400, "The connection ended before the message did.")
// clang-format on

enum class Refusal : std::uint8_t {
#define FRESHET_HTTP1_REFUSAL(word, status, sentence) word,
  FRESHET_HTTP1_REFUSALS(FRESHET_HTTP1_REFUSAL)
#undef FRESHET_HTTP1_REFUSAL
};

struct RefusalRow {
  Refusal refusal;
  std::string_view word;
  std::uint16_t status;
  std::string_view sentence;
};

inline constexpr auto kRefusals = std::to_array<RefusalRow>({
#define FRESHET_HTTP1_REFUSAL(word, status, sentence) {Refusal::word, #word, status, sentence},
    FRESHET_HTTP1_REFUSALS(FRESHET_HTTP1_REFUSAL)
#undef FRESHET_HTTP1_REFUSAL
});

constexpr const RefusalRow& row_of(Refusal refusal) noexcept { return kRefusals[static_cast<std::size_t>(refusal)]; }
constexpr std::string_view word(Refusal refusal) noexcept { return row_of(refusal).word; }
constexpr std::string_view sentence(Refusal refusal) noexcept { return row_of(refusal).sentence; }
/// What the client gets when its request is refused for this. After the answer the connection is closed: nobody knows
/// where the next request begins.
constexpr std::uint16_t status(Refusal refusal) noexcept { return row_of(refusal).status; }

}  // namespace freshet::http1
