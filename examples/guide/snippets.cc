#include "snippets.h"

#include <algorithm>
#include <fstream>
#include <string_view>

namespace guide {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> lines_of(const fs::path& path) {
  std::vector<std::string> lines;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

// What stands between `before` and `after` in a line that has nothing else; empty otherwise.
std::string between(std::string_view line, std::string_view before, std::string_view after) {
  line = trimmed(line);
  if (line.size() <= before.size() + after.size() || !line.starts_with(before) || !line.ends_with(after)) return {};
  return std::string(trimmed(line.substr(before.size(), line.size() - before.size() - after.size())));
}

std::string join(const std::vector<std::string>& lines) {
  std::size_t indentation = std::string::npos;
  for (const std::string& line : lines) {
    if (!line.empty()) indentation = std::min(indentation, line.find_first_not_of(' '));
  }
  std::string text;
  for (const std::string& line : lines) text += (line.empty() ? line : line.substr(indentation)) + '\n';
  return text;
}

std::string place(const fs::path& path, std::size_t line) {
  return path.generic_string() + ':' + std::to_string(line) + ": ";
}

}  // namespace

std::map<std::string, std::string> snippets_of(const fs::path& program, std::vector<std::string>& complaints) {
  std::map<std::string, std::string> snippets;
  std::string name;
  std::vector<std::string> piece;
  std::size_t number = 0;
  for (const std::string& line : lines_of(program)) {
    ++number;
    if (const std::string opened = between(line, "// [snippet ", "]"); !opened.empty()) {
      if (!name.empty()) complaints.push_back(place(program, number) + "snippet " + name + " has not ended yet");
      name = opened;
      piece.clear();
    } else if (trimmed(line) == "// [/snippet]") {
      if (name.empty()) complaints.push_back(place(program, number) + "no snippet to end");
      if (!snippets.emplace(name, join(piece)).second) {
        complaints.push_back(place(program, number) + "there are two snippets called " + name);
      }
      name.clear();
    } else if (!name.empty()) {
      piece.push_back(line);
    }
  }
  if (!name.empty()) complaints.push_back(place(program, number) + "snippet " + name + " does not end");
  return snippets;
}

std::vector<std::string> compare(const fs::path& root, const fs::path& document) {
  std::vector<std::string> complaints;
  const fs::path shown = document.lexically_relative(root);
  const std::vector<std::string> lines = lines_of(document);
  std::string source;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (const std::string from = between(lines[i], "<!-- from ", "-->"); !from.empty()) {
      source = from;
      continue;
    }
    const std::string_view fence = trimmed(lines[i]);
    if (!fence.starts_with("```")) {
      if (!fence.empty()) source.clear();
      continue;
    }
    const std::size_t begin = i;
    std::vector<std::string> block;
    for (++i; i < lines.size() && !trimmed(lines[i]).starts_with("```"); ++i) block.push_back(lines[i]);
    if (fence != "```cpp" && fence != "```c++") {
      source.clear();
      continue;
    }
    const std::string where = place(shown, begin + 1);
    const std::size_t colon = source.rfind(": ");
    if (colon == std::string::npos) {
      complaints.push_back(where +
                           "says not where this code is from: put <!-- from examples/guide/x.cc: name --> above");
      continue;
    }
    const fs::path program = root / source.substr(0, colon);
    const std::string name = source.substr(colon + 2);
    source.clear();
    if (!fs::is_regular_file(program)) {
      complaints.push_back(where + "there is no " + program.lexically_relative(root).generic_string());
      continue;
    }
    const std::map<std::string, std::string> snippets = snippets_of(program, complaints);
    const auto found = snippets.find(name);
    if (found == snippets.end()) {
      complaints.push_back(where + program.lexically_relative(root).generic_string());
      complaints.back().append(" has no snippet ").append(name);
    } else if (found->second != join(block)) {
      complaints.push_back(where + "differs from its source, which is now:\n" + found->second);
    }
  }
  return complaints;
}

}  // namespace guide
