#include "report/command_line.h"

#include <charconv>
#include <cstdlib>
#include <string_view>

namespace bench {
namespace {

bool read_number(std::string_view text, std::uint64_t& to) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), to);
  return error == std::errc() && end == text.data() + text.size() && to > 0;
}

bool read_size(std::string_view text, std::uint64_t& to) {
  std::uint64_t unit = 1;
  for (const auto& [suffix, bytes] : {std::pair{"KiB", 1ULL << 10}, {"MiB", 1ULL << 20}, {"GiB", 1ULL << 30}}) {
    if (!text.ends_with(suffix)) continue;
    unit = bytes;
    text.remove_suffix(3);
    break;
  }
  if (!read_number(text, to)) return false;
  to *= unit;
  return true;
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return parts;
}

}  // namespace

void CommandLine::flag(const std::string& name, bool& to, const std::string& help) {
  order_.push_back(name);
  entries_[name] = {false, help, [&to](const std::string&) { return to = true; }};
}

void CommandLine::number(const std::string& name, std::uint64_t& to, const std::string& help) {
  order_.push_back(name);
  entries_[name] = {true, help + " (" + std::to_string(to) + ")",
                    [&to](const std::string& text) { return read_number(text, to); }};
}

void CommandLine::words(const std::string& name, std::vector<std::string>& to, const std::string& help) {
  order_.push_back(name);
  entries_[name] = {true, help, [&to](const std::string& text) {
                      to = split(text);
                      return true;
                    }};
}

void CommandLine::sizes(const std::string& name, std::vector<std::uint64_t>& to, const std::string& help) {
  order_.push_back(name);
  entries_[name] = {true, help, [&to](const std::string& text) {
                      to.clear();
                      for (const std::string& part : split(text)) {
                        if (!read_size(part, to.emplace_back())) return false;
                      }
                      return true;
                    }};
}

void CommandLine::usage(std::FILE* to) const {
  std::fprintf(to, "Usage: ./dev bench %s [options]\n%s\n\n", program_.c_str(), says_.c_str());
  for (const std::string& name : order_) {
    const Entry& entry = entries_.at(name);
    std::fprintf(to, "  %-22s %s\n", (name + (entry.takes_value ? " X" : "")).c_str(), entry.help.c_str());
  }
}

void CommandLine::parse(int argc, char** argv) const {
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    if (name == "--help" || name == "-h") {
      usage(stdout);
      std::exit(0);
    }
    const auto entry = entries_.find(name);
    const bool known = entry != entries_.end();
    const bool has_value = known && entry->second.takes_value;
    if (!known || (has_value && i + 1 == argc) || !entry->second.take(has_value ? argv[++i] : "")) {
      std::fprintf(stderr, "%s: cannot use '%s'\n", program_.c_str(), argv[i]);
      usage(stderr);
      std::exit(2);
    }
  }
}

}  // namespace bench
