#include "control_file.h"

#include <algorithm>
#include <cstddef>

namespace demo {
namespace {

constexpr std::string_view kSpace = " \t\r\n";

std::string_view trim(std::string_view text) {
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

template <class Visit>
void split(std::string_view text, char separator, const Visit& visit) {
  while (true) {
    const auto end = text.find(separator);
    visit(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

Alternative parse_alternative(std::string_view text) {
  Alternative alternative;
  text = text.substr(0, text.find_first_of("[<", text.find(')') == std::string_view::npos ? 0 : text.find(')')));
  if (const auto open = text.find('('); open != std::string_view::npos) {
    std::string_view inside = text.substr(open + 1);
    inside = trim(inside.substr(0, inside.find(')')));
    const std::size_t sign = std::min(inside.find_first_not_of("<=>"), inside.size());
    alternative.relation = inside.substr(0, sign);
    alternative.version = trim(inside.substr(sign));
    text = text.substr(0, open);
  }
  text = trim(text);
  if (const auto colon = text.find(':'); colon != std::string_view::npos) {
    alternative.qualifier = text.substr(colon + 1);
    text = text.substr(0, colon);
  }
  alternative.name = text;
  return alternative;
}

}  // namespace

std::string_view Stanza::operator[](std::string_view field) const {
  for (const auto& [name, value] : fields_) {
    if (same_name(name, field)) return value;
  }
  return {};
}

void Stanza::continue_last(std::string_view line) {
  if (fields_.empty()) return;
  fields_.back().second.append("\n").append(line);
}

void read_control_file(std::istream& in, const std::function<void(const Stanza&)>& visit) {
  Stanza stanza;
  std::string line;
  const auto finish = [&] {
    if (!stanza.empty()) visit(stanza);
    stanza.clear();
  };
  while (std::getline(in, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (trim(line).empty()) {
      finish();
    } else if (line.front() == '#') {
      continue;
    } else if (line.front() == ' ' || line.front() == '\t') {
      stanza.continue_last(std::string_view(line).substr(1));
    } else if (const auto colon = line.find(':'); colon != std::string::npos) {
      stanza.add(line.substr(0, colon), std::string(trim(std::string_view(line).substr(colon + 1))));
    }
  }
  finish();
}

std::vector<Clause> parse_dependencies(std::string_view field) {
  std::vector<Clause> clauses;
  split(field, ',', [&](std::string_view part) {
    Clause clause;
    split(part, '|', [&](std::string_view text) {
      Alternative alternative = parse_alternative(text);
      if (!alternative.name.empty()) clause.push_back(std::move(alternative));
    });
    if (!clause.empty()) clauses.push_back(std::move(clause));
  });
  return clauses;
}

std::string plain_description(std::string_view field) {
  std::string out;
  split(field, '\n', [&](std::string_view line) {
    if (!out.empty()) out += '\n';
    if (trim(line) != ".") out += line;
  });
  return out;
}

}  // namespace demo
