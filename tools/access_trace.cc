#include "access_trace.h"

#include "access_log.h"
#include "printable.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <fmt/format.h>
#include <limits>
#include <unordered_map>

namespace freshet::tools {
namespace {

constexpr std::string_view kBlanks = " \t";
constexpr std::uint64_t kMaxKeys = std::numeric_limits<std::uint32_t>::max();

struct TextHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
};

std::string quoted(std::string_view text) { return '"' + printable(text.substr(0, 60)) + '"'; }

std::string_view take_field(std::string_view& line) {
  const std::size_t begin = std::min(line.find_first_not_of(kBlanks), line.size());
  const std::size_t end = std::min(line.find_first_of(kBlanks, begin), line.size());
  const std::string_view field = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return field;
}

template <class Number>
bool whole_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

struct SizedLine {
  double seconds = 0;
  std::string_view key;
  std::uint64_t bytes = 0;
  std::optional<std::uint64_t> load_us;
};

// What is wrong with the line; empty when nothing is.
std::string parse_sized(std::string_view line, SizedLine& out) {
  const std::string_view time = take_field(line);
  out.key = take_field(line);
  const std::string_view bytes = take_field(line);
  const std::string_view load = take_field(line);
  // Seconds since 1970 in a Duration's range, with room for a ttl.
  if (!whole_number(time, out.seconds) || !(out.seconds >= 0 && out.seconds < 4e12)) {
    return quoted(time) + " is no time in seconds";
  }
  if (out.key.empty()) return "the key is missing";
  if (out.key.size() > 60 * 1024) return "the key is longer than 60 KiB";
  if (!whole_number(bytes, out.bytes)) return quoted(bytes) + " is no number of bytes";
  if (!load.empty()) {
    std::uint64_t load_us = 0;
    if (!whole_number(load, load_us)) return quoted(load) + " is no number of microseconds";
    out.load_us = load_us;
  }
  if (!take_field(line).empty()) return "more than four fields";
  return {};
}

bool is_remark(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(kBlanks);
  return begin == std::string_view::npos || line[begin] == '#';
}

// A format that the first lines speak for: most of them must.
std::optional<TraceFormat> told_format(std::string_view start, bool whole) {
  if (start.find('\0') != std::string_view::npos) return std::nullopt;
  std::array<std::size_t, 3> votes{};
  std::size_t lines = 0;
  while (!start.empty() && lines < 1000) {
    const std::size_t end = start.find('\n');
    if (end == std::string_view::npos && !whole) break;
    std::string_view line = start.substr(0, end);
    start.remove_prefix(end == std::string_view::npos ? start.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (is_remark(line)) continue;
    ++lines;
    SizedLine sized;
    std::uint64_t number = 0;
    std::string_view rest = line;
    if (whole_number(take_field(rest), number) && take_field(rest).empty()) {
      ++votes[0];
    } else if (parse_sized(line, sized).empty()) {
      ++votes[1];
    } else if (parse_log_line(line)) {
      ++votes[2];
    }
  }
  constexpr std::array kFormats = {TraceFormat::text, TraceFormat::sized, TraceFormat::log};
  for (std::size_t i = 0; i < votes.size(); ++i) {
    if (votes[i] * 2 > lines) return kFormats[i];
  }
  return std::nullopt;
}

class Reader {
 public:
  Reader(const std::string& path, const TraceReading& reading) : input_(path), reading_(reading) {}

  AccessTrace read() {
    trace_.name = input_.name();
    trace_.format = format();
    switch (trace_.format) {
      case TraceFormat::be32:
        read_binary<4>();
        break;
      case TraceFormat::be64:
        read_binary<8>();
        break;
      case TraceFormat::text:
        read_lines([this](std::string_view line) { return take_text(line); });
        break;
      case TraceFormat::sized:
        read_lines([this](std::string_view line) { return take_sized(line); });
        break;
      case TraceFormat::log:
        read_lines([this](std::string_view line) { return take_log(line); });
        give_sizes_to_the_first();
        break;
    }
    if (trace_.accesses.empty()) refuse_empty();
    trace_.keys.resize(ids_.size());
    while (!ids_.empty()) {
      auto node = ids_.extract(ids_.begin());
      trace_.keys[node.mapped()] = std::move(node.key());
    }
    return std::move(trace_);
  }

 private:
  TraceFormat format() {
    const std::string_view start = input_.peek();
    if (start.empty()) throw TraceError(input_.name() + ": is empty; give a trace with at least one access");
    if (reading_.format) return *reading_.format;
    // A whole buffer may end in the middle of a line.
    if (const auto told = told_format(start, start.size() < TraceInput::kMaxLineBytes)) return *told;
    throw TraceError(input_.name() + ": what format this is cannot be told from its beginning; give --format " +
                     trace_format_names());
  }

  void add(std::string_view key, Access access) {
    auto found = ids_.find(key);
    if (found == ids_.end()) {
      if (ids_.size() == kMaxKeys) throw TraceError(input_.name() + ": more than four billion keys; give a part of it");
      found = ids_.emplace(std::string(key), static_cast<std::uint32_t>(ids_.size())).first;
    }
    access.key = found->second;
    // Web servers log a request when it ends, and so not in order; time never runs backwards in a replay.
    if (!trace_.accesses.empty()) access.at = std::max(access.at, trace_.accesses.back().at);
    trace_.accesses.push_back(access);
    if (reading_.progress && trace_.accesses.size() % (1 << 18) == 0) reading_.progress(trace_.accesses.size());
  }

  void add_number(std::uint64_t number) {
    std::array<char, 8> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(number >> (56 - 8 * i) & 0xFF);
    add({bytes.data(), bytes.size()}, {});
  }

  template <std::size_t kBytes>
  void read_binary() {
    std::array<char, kBytes * 4096> block{};
    std::uint64_t at = 0;
    for (;;) {
      const std::size_t got = input_.read(block);
      for (std::size_t i = 0; i + kBytes <= got; i += kBytes) {
        std::uint64_t number = 0;
        for (std::size_t b = 0; b < kBytes; ++b) number = number << 8 | static_cast<unsigned char>(block[i + b]);
        add_number(number);
      }
      if (got % kBytes != 0) {
        throw TraceError(
            fmt::format("{}: ends at byte {} in the middle of a number of {} bytes; is it whole, and is it {}?",
                        input_.name(), at + got, kBytes, name(trace_.format)));
      }
      if (got < block.size()) return;
      at += got;
    }
  }

  template <class Take>
  void read_lines(Take&& take) {
    for (std::string_view line; input_.read_line(line);) {
      if (take(line)) continue;
      if (trace_.left_out_lines++ == 0) trace_.first_left_out_line = input_.line_number();
    }
  }

  bool take_text(std::string_view line) {
    std::uint64_t number = 0;
    const bool alone = whole_number(take_field(line), number) && take_field(line).empty();
    if (alone) add_number(number);
    return alone;
  }

  bool take_sized(std::string_view line) {
    if (is_remark(line)) return true;
    SizedLine sized;
    if (const std::string wrong = parse_sized(line, sized); !wrong.empty()) {
      throw TraceError(
          fmt::format("{}:{}: {}; a line is: time key bytes [microseconds of the load], for example "
                      "1700000000 user:7 512",
                      input_.name(), input_.line_number(), wrong));
    }
    Access access;
    access.value_bytes = sized.bytes;
    access.at = Instant(Duration(static_cast<std::int64_t>(sized.seconds * 1e6)));
    if (sized.load_us) {
      trace_.has_costs = true;
      access.load_us = static_cast<std::uint32_t>(
          std::min<std::uint64_t>(*sized.load_us, std::numeric_limits<std::uint32_t>::max()));
    }
    add(sized.key, access);
    return true;
  }

  bool take_log(std::string_view line) {
    const auto parsed = parse_log_line(line);
    if (!parsed || (parsed->method != "GET" && parsed->method != "HEAD") || parsed->target.size() > 60 * 1024) {
      return false;
    }
    Access access;
    access.at = parsed->at;
    add(parsed->target, access);
    // HEAD and 304 carry no body and 206 only a part: what the whole takes, its last whole answer told.
    const std::uint32_t key = trace_.accesses.back().key;
    if (key == sizes_.size()) sizes_.push_back(kUnknownSize);
    if (parsed->method == "GET" && parsed->status != 304 && parsed->status != 206) sizes_[key] = parsed->body_bytes;
    trace_.accesses.back().value_bytes = sizes_[key];
    return true;
  }

  // Those that came before the first whole answer of their key.
  void give_sizes_to_the_first() {
    for (auto access = trace_.accesses.rbegin(); access != trace_.accesses.rend(); ++access) {
      if (access->value_bytes == kUnknownSize) {
        access->value_bytes = sizes_[access->key] == kUnknownSize ? 0 : sizes_[access->key];
      } else {
        sizes_[access->key] = access->value_bytes;
      }
    }
  }

  [[noreturn]] void refuse_empty() {
    std::string what = input_.name() + ": no access was found in it";
    if (trace_.left_out_lines > 0) {
      what = fmt::format("{}:{}: no access of the format {}, and none in the {} other lines; give another --format: {}",
                         input_.name(), trace_.first_left_out_line, name(trace_.format), trace_.left_out_lines - 1,
                         trace_format_names());
    }
    throw TraceError(what);
  }

  static constexpr std::uint64_t kUnknownSize = std::numeric_limits<std::uint64_t>::max();

  TraceInput input_;
  const TraceReading& reading_;
  AccessTrace trace_;
  std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>> ids_;
  std::vector<std::uint64_t> sizes_;  // log: of each key, what it took last
};

}  // namespace

std::string_view name(TraceFormat format) {
  switch (format) {
#define FRESHET_TRACE_FORMAT_NAME(name) \
  case TraceFormat::name:               \
    return #name;
    FRESHET_TRACE_FORMATS(FRESHET_TRACE_FORMAT_NAME)
#undef FRESHET_TRACE_FORMAT_NAME
  }
  return "unknown";
}

std::optional<TraceFormat> trace_format(std::string_view text) {
#define FRESHET_TRACE_FORMAT_PARSE(name) \
  if (text == #name) return TraceFormat::name;
  FRESHET_TRACE_FORMATS(FRESHET_TRACE_FORMAT_PARSE)
#undef FRESHET_TRACE_FORMAT_PARSE
  return std::nullopt;
}

std::string trace_format_names() {
  std::string names;
#define FRESHET_TRACE_FORMAT_LIST(name) names += std::string(names.empty() ? "" : ", ") + #name;
  FRESHET_TRACE_FORMATS(FRESHET_TRACE_FORMAT_LIST)
#undef FRESHET_TRACE_FORMAT_LIST
  return names.replace(names.rfind(", "), 2, " or ");
}

AccessTrace read_trace(const std::string& path, const TraceReading& reading) { return Reader(path, reading).read(); }

}  // namespace freshet::tools
