// Range and Content-Range with arbitrary numbers: `length (8 bytes) | Range \n Content-Range`. No answer has more bytes
// than the representation, none of them twice, and a part answers only what it holds.
#include "http/range.h"
#include "tests/fuzz/http_lines.h"

#include <algorithm>

namespace {

using namespace freshet::http;

void check(const Selection& selection, std::uint64_t length) {
  must((selection.kind == Selection::Kind::ranges) == !selection.ranges().empty(), "ranges are there when it says so");
  std::vector<ByteRange> sorted(selection.ranges().begin(), selection.ranges().end());
  std::sort(sorted.begin(), sorted.end(), [](const ByteRange& a, const ByteRange& b) { return a.first < b.first; });
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    must(sorted[i].first <= sorted[i].last && sorted[i].last < length, "a range lies within the representation");
    must(i == 0 || sorted[i].first > sorted[i - 1].last + 1, "ranges neither overlap nor touch");
    sum += sorted[i].bytes();
  }
  must(sum <= length, "no more bytes than there are");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 8) return 0;
  std::uint64_t length = 0;
  for (std::size_t i = 0; i < 8; ++i) length = length << 8 | bytes[i];
  std::string_view rest = text_of(bytes + 8, size - 8);
  const std::string_view range = take_until(rest, '\n');
  Rules rules = Rules::rfc();
  check(select_ranges(range, length, rules), length);
  check(select_ranges(range, length % 1000, rules), length % 1000);
  rules.most_ranges = 1000;
  check(select_ranges(range, length % 1000, rules), length % 1000);

  const auto content_range = parse_content_range(rest);
  if (!content_range) return 0;
  const std::uint64_t bodies[] = {content_range->range.bytes(), length, length % 100};
  for (const std::uint64_t body : bodies) {
    const auto part = part_of(*content_range, body, rules);
    if (!part) continue;
    must(part->first <= UINT64_MAX - part->bytes, "a part ends within 64 bits");
    must(!part->complete_bytes || part->first + part->bytes <= *part->complete_bytes, "and within its representation");
    if (const auto within = select_within(*part, range, rules)) {
      for (const ByteRange& one : within->ranges()) {
        must(one.first >= part->first && one.last < part->first + part->bytes, "a part answers what it holds");
      }
    }
    if (const auto piece = missing_piece(*part)) {
      must(piece->first == 0 || piece->first == part->first + part->bytes, "what is missing is what is missing");
    }
    const Part again{part->first / 2, part->bytes, part->complete_bytes};
    if (const auto joined = join(*part, again)) {
      must(joined->part.first == again.first && joined->part.bytes >= part->bytes, "joining loses nothing");
    }
  }
  return 0;
}
