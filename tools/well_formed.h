// Test fixture: whether a text is well-formed XML, as far as our pictures use it: elements, attributes, five entities.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace freshet::tools {

/// What is wrong, or empty.
inline std::string xml_fault(std::string_view text) {
  std::vector<std::string> open;
  bool had_root = false;
  const auto bad_text = [](std::string_view part) {
    for (std::size_t at = part.find('&'); at != std::string_view::npos; at = part.find('&', at + 1)) {
      bool known = false;
      for (const std::string_view entity : {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"}) {
        known = known || part.substr(at).starts_with(entity);
      }
      if (!known) return true;
    }
    for (const char c : part) {
      if (c == '<' || (static_cast<unsigned char>(c) < 0x20 && c != '\n')) return true;
    }
    return false;
  };
  while (!text.empty()) {
    const std::size_t begin = text.find('<');
    if (bad_text(text.substr(0, begin))) return "a bad character in a text";
    if (begin == std::string_view::npos) break;
    const std::size_t end = text.find('>', begin);
    if (end == std::string_view::npos) return "a tag does not end";
    std::string_view tag = text.substr(begin + 1, end - begin - 1);
    text.remove_prefix(end + 1);
    if (tag.starts_with('/')) {
      if (open.empty() || open.back() != tag.substr(1)) return "</" + std::string(tag) + "> closes nothing";
      open.pop_back();
      continue;
    }
    if (open.empty() && had_root) return "a second root";
    had_root = true;
    const bool closed = tag.ends_with('/');
    if (closed) tag.remove_suffix(1);
    const std::string name(tag.substr(0, tag.find(' ')));
    tag.remove_prefix(name.size());
    while (!tag.empty()) {
      const std::size_t equals = tag.find("=\"");
      const std::size_t quote = equals == std::string_view::npos ? equals : tag.find('"', equals + 2);
      if (!tag.starts_with(' ') || quote == std::string_view::npos) return "a bad attribute of " + name;
      if (bad_text(tag.substr(equals + 2, quote - equals - 2))) return "a bad character in an attribute of " + name;
      tag.remove_prefix(quote + 1);
    }
    if (!closed) open.push_back(name);
  }
  return open.empty() && had_root ? "" : "something is not closed";
}

}  // namespace freshet::tools
