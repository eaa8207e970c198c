// Reads a trace of any format from bytes that a stranger wrote, plain and packed, and replays it.
//
//   format | packing | place (2) | flip | the trace's bytes
//
// What is packed by gzip or xz reads as it does plain; what is damaged afterwards is refused or reads the same. A
// refusal names the file, and the line where there are lines.
#include "access_log.h"
#include "access_trace.h"
#include "memory_sizes.h"
#include "printable.h"
#include "require.h"
#include "trace_replay.h"

#include <freshet/cache.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <fmt/format.h>
#include <lzma.h>
#include <set>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <zlib.h>

namespace {

using namespace freshet;
using namespace freshet::tools;
using fuzz::require;

constexpr std::size_t kHeadBytes = 5;
constexpr std::uint64_t kReplayBytes = std::uint64_t{1} << 20;

enum class Packing { none, gzip, xz, damaged_gzip, damaged_xz, kCount };

std::string pack_gzip(std::string_view plain) {
  z_stream stream{};
  if (deflateInit2(&stream, 1, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK) std::abort();
  std::string out(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string pack_xz(std::string_view plain) {
  std::string out(lzma_stream_buffer_bound(plain.size()), '\0');
  std::size_t end = 0;
  if (lzma_easy_buffer_encode(0, LZMA_CHECK_CRC64, nullptr, reinterpret_cast<const std::uint8_t*>(plain.data()),
                              plain.size(), reinterpret_cast<std::uint8_t*>(out.data()), &end, out.size()) != LZMA_OK) {
    std::abort();
  }
  out.resize(end);
  return out;
}

// A file that is nowhere but in memory, under the name that it has in /proc.
class MemoryFile {
 public:
  MemoryFile() : fd_(::memfd_create("trace", MFD_CLOEXEC)), path_("/proc/self/fd/" + std::to_string(fd_)) {
    if (fd_ < 0) std::abort();
  }
  const std::string& path() const { return path_; }
  void write(std::string_view bytes) {
    if (::ftruncate(fd_, 0) != 0 || ::pwrite(fd_, bytes.data(), bytes.size(), 0) < 0) std::abort();
  }

 private:
  int fd_;
  std::string path_;
};

struct Reading {
  AccessTrace trace;
  std::string refusal;  ///< empty when there was none
};

Reading read(MemoryFile& file, std::string_view bytes, std::optional<TraceFormat> format) {
  file.write(bytes);
  Reading reading;
  try {
    reading.trace = read_trace(file.path(), {format, {}});
  } catch (const TraceError& error) {
    reading.refusal = error.what();
    require(!reading.refusal.empty(), "a refusal says something");
  }
  return reading;
}

bool same(const Reading& a, const Reading& b) {
  const auto equal = [](const Access& x, const Access& y) {
    return x.key == y.key && x.load_us == y.load_us && x.value_bytes == y.value_bytes && x.at == y.at;
  };
  return a.refusal == b.refusal && a.trace.format == b.trace.format && a.trace.keys == b.trace.keys &&
         a.trace.left_out_lines == b.trace.left_out_lines &&
         a.trace.first_left_out_line == b.trace.first_left_out_line && a.trace.has_costs == b.trace.has_costs &&
         std::equal(a.trace.accesses.begin(), a.trace.accesses.end(), b.trace.accesses.begin(), b.trace.accesses.end(),
                    equal);
}

std::uint64_t lines_of(std::string_view bytes) {
  const auto ends = static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
  return ends + (bytes.empty() || bytes.back() == '\n' ? 0 : 1);
}

void check_refusal(const std::string& refusal, const std::string& path, std::uint64_t lines) {
  require(refusal.starts_with(path + ":"), "a refusal begins with the file's name");
  require(std::none_of(refusal.begin(), refusal.end(), [](unsigned char c) { return std::iscntrl(c); }),
          "a refusal can be shown on a terminal");
  std::uint64_t line = 0;
  const char* const end = refusal.data() + refusal.size();
  const auto [at, error] = std::from_chars(refusal.data() + path.size() + 1, end, line);
  if (error == std::errc() && at != end && *at == ':') require(line >= 1 && line <= lines, "it names a line there is");
}

void check_trace(const AccessTrace& trace, std::string_view bytes) {
  require(!trace.accesses.empty() && !trace.keys.empty(), "a trace has an access");
  require(std::set<std::string_view>(trace.keys.begin(), trace.keys.end()).size() == trace.keys.size(),
          "each key is there once");
  std::uint32_t known = 0;
  Instant before = trace.accesses.front().at;
  for (const Access& access : trace.accesses) {
    require(access.key <= known, "keys are numbered as they come");
    if (access.key == known) ++known;
    require(access.at >= before, "time does not run backwards");
    before = access.at;
    require(access.load_us == 0 || trace.has_costs, "a cost is told");
  }
  require(known == trace.keys.size(), "each key is used");
  for (const std::string& key : trace.keys) require(!key.empty() && key.size() <= 60 * 1024, "a key fits a cache");
  const std::size_t number_bytes = trace.format == TraceFormat::be32 ? 4 : 8;
  if (trace.format == TraceFormat::be32 || trace.format == TraceFormat::be64) {
    require(trace.accesses.size() * number_bytes == bytes.size(), "each number is an access");
  } else if (trace.format != TraceFormat::sized) {
    require(trace.accesses.size() + trace.left_out_lines == lines_of(bytes), "each line is an access or left out");
  } else {
    require(trace.left_out_lines == 0 && trace.accesses.size() <= lines_of(bytes), "no line is left out in silence");
  }
}

void check_replay(const AccessTrace& trace) {
  const std::uint64_t footprint = footprint_bytes(trace, 100);
  require(footprint >= trace.keys.size(), "a key takes at least a byte");
  const std::vector<std::uint64_t> sizes = sizes_around(footprint);
  require(!sizes.empty() && std::is_sorted(sizes.begin(), sizes.end()) && sizes.front() >= kMinSegmentBytes &&
              sizes.back() <= kMaxSegmentBytes,
          "sizes that segments can have");
  require(sizes.back() >= std::min(footprint, kMaxSegmentBytes), "all of it fits the last");
  const std::shared_ptr<Store> store = open("memory:?size=1MiB").store();
  ReplayOptions options;
  options.value_bytes = 100;
  options.max_value_bytes = kReplayBytes / 4;
  options.ttl = std::chrono::hours(1);
  const ReplayFigures figures = replay(trace, *store, options);
  require(figures.accesses == trace.accesses.size() && figures.hits <= figures.accesses, "hits among accesses");
  require(figures.hit_bytes <= figures.bytes && figures.saved_us <= figures.load_us,
          "a part is not more than the whole");
  require(figures.hits + figures.refused + figures.entries_at_end >= 1, "an access hits, is stored or refused");
}

// What a line says, said again, is read the same.
void check_log_lines(std::string_view bytes) {
  for (int left = 64; left > 0 && !bytes.empty(); --left) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end);
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    const auto parsed = parse_log_line(line);
    if (!parsed) continue;
    require(!parsed->method.empty() && !parsed->target.empty(), "a request has a method and a target");
    const auto within = [line](std::string_view part) {
      return part.data() >= line.data() && part.data() + part.size() <= line.data() + line.size();
    };
    require(within(parsed->method) && within(parsed->target), "views into the line");
    const auto day = std::chrono::floor<std::chrono::days>(parsed->at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(parsed->at - day));
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const std::string again =
        fmt::format("- - - [{}/{}/{}:{}:{}:{} +0000] \"{} {} HTTP/1.1\" {} {}", static_cast<unsigned>(date.day()),
                    kMonths.substr((static_cast<unsigned>(date.month()) - 1) * 3, 3), static_cast<int>(date.year()),
                    time.hours().count(), time.minutes().count(), time.seconds().count(), parsed->method,
                    parsed->target, parsed->status, parsed->body_bytes);
    const auto twin = parse_log_line(again);
    require(twin && twin->at == parsed->at && twin->method == parsed->method && twin->target == parsed->target &&
                twin->status == parsed->status && twin->body_bytes == parsed->body_bytes,
            "a line that is written again is read the same");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static MemoryFile file;
  if (size < kHeadBytes) return 0;
  const std::string_view plain(reinterpret_cast<const char*>(data) + kHeadBytes, size - kHeadBytes);
  const unsigned chosen = data[0] % 6;
  const auto format = chosen == 0 ? std::nullopt : std::optional(static_cast<TraceFormat>(chosen - 1));
  const auto packing = static_cast<Packing>(data[1] % static_cast<unsigned>(Packing::kCount));

  const Reading whole = read(file, plain, format);
  const std::uint64_t lines = lines_of(plain);
  // What looks packed itself is unpacked first, or refused.
  constexpr std::string_view kMagics[] = {"\x1f\x8b", "\xfd\x37zXZ", "\x28\xb5\x2f\xfd", "BZh", "PK\x03\x04"};
  const bool packed_already = std::any_of(std::begin(kMagics), std::end(kMagics),
                                          [plain](std::string_view magic) { return plain.starts_with(magic); });
  if (!whole.refusal.empty()) {
    check_refusal(whole.refusal, file.path(), packed_already ? UINT64_MAX : lines);
  } else {
    if (!packed_already) check_trace(whole.trace, plain);
    if (data[2] % 4 == 0) check_replay(whole.trace);
  }
  check_log_lines(plain);
  if (packing == Packing::none || packed_already) return 0;

  std::string packed = packing == Packing::gzip || packing == Packing::damaged_gzip ? pack_gzip(plain) : pack_xz(plain);
  if (packing == Packing::gzip || packing == Packing::xz) {
    require(same(read(file, packed, format), whole), "packed it reads as it does plain");
    return 0;
  }
  // The first six bytes say what packed it: without them it is a file of another kind.
  const std::size_t place = 6 + (std::size_t{data[2]} << 8 | data[3]) % (packed.size() - 6);
  packed[place] = static_cast<char>(packed[place] ^ data[4]);
  const Reading damaged = read(file, packed, format);
  require(!damaged.refusal.empty() || same(damaged, whole), "what is damaged is refused or reads the same");
  if (!damaged.refusal.empty()) check_refusal(damaged.refusal, file.path(), lines);
  packed.resize(place);
  require(!read(file, packed, format).refusal.empty(), "what is cut short is refused");
  return 0;
}
