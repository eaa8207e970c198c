#include "proxy/access_log.h"

#include "proxy/json_string.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <unistd.h>

namespace freshet::proxy {
namespace {

constexpr std::size_t kFlushBytes = 64 * 1024;

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> digits{};
  out.append(digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr);
}

void append_padded(std::string& out, std::uint64_t number, std::size_t width) {
  std::string digits;
  append_number(digits, number);
  if (digits.size() < width) out.append(width - digits.size(), '0');
  out += digits;
}

void append_time(std::string& out, Instant at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const std::time_t time = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  ::gmtime_r(&time, &parts);
  std::array<char, 32> text{};
  out.append(text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S.", &parts));
  append_padded(out, static_cast<std::uint64_t>((at - seconds).count()) / 1000, 3);
  out += 'Z';
}

}  // namespace

void append_access_line(std::string& out, const AccessRecord& record) {
  out += "{\"time\":\"";
  append_time(out, record.at);
  out += "\",\"client\":";
  append_json_string(out, record.client);
  out += ",\"method\":";
  append_json_string(out, record.method);
  out += ",\"url\":";
  std::string url("http://");
  url.append(record.authority).append(record.target);
  append_json_string(out, url);
  out += ",\"status\":";
  append_number(out, record.status);
  if (record.reason) out.append(",\"reason\":\"").append(name(*record.reason)).append("\"");
  if (record.stored) out.append(",\"stored\":\"").append(name(*record.stored)).append("\"");
  if (record.origin_status != 0) {
    out += ",\"origin_status\":";
    append_number(out, record.origin_status);
  }
  out += ",\"bytes\":";
  append_number(out, record.bytes);
  out += ",\"ms\":";
  const auto micros = static_cast<std::uint64_t>(std::max<std::int64_t>(record.took.count(), 0));
  append_number(out, micros / 1000);
  out += '.';
  append_padded(out, micros % 1000, 3);
  out += record.whole ? ",\"whole\":true}\n" : ",\"whole\":false}\n";
}

void AccessLog::add(const AccessRecord& record) {
  if (!is_on()) return;
  append_access_line(lines_, record);
  ++count_;
  if (lines_.size() >= kFlushBytes) {
    flush();
  } else if (!timer_.is_set()) {
    timer_.set(std::chrono::seconds(1));
  }
}

void AccessLog::flush() {
  timer_.cancel();
  std::string_view rest = lines_;
  while (!rest.empty()) {
    const ssize_t n = ::write(fd_, rest.data(), rest.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) {
      lost_ += count_;
      break;
    }
    rest.remove_prefix(static_cast<std::size_t>(n));
  }
  lines_.clear();
  count_ = 0;
}

}  // namespace freshet::proxy
