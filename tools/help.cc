// `freshet help`: rendered from the records of the verbs and of the exit codes.
#include "exit_code.h"
#include "verbs.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <vector>

namespace freshet::tools {
namespace {

constexpr std::size_t kWidth = 80;

struct Row {
  std::string term;
  std::string meaning;
};

// Words of `text`, broken at kWidth, every line after the first one indented.
std::string wrapped(std::string_view text, std::size_t indent) {
  std::string out;
  std::size_t column = indent;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (column > indent && column + 1 + word.size() > kWidth) {
      out += '\n' + std::string(indent, ' ');
      column = indent;
    } else if (column > indent) {
      out += ' ';
      ++column;
    }
    out += word;
    column += word.size();
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string table(std::string_view title, const std::vector<Row>& rows) {
  if (rows.empty()) return {};
  std::size_t width = 0;
  for (const Row& row : rows) width = std::max(width, row.term.size());
  std::string out = fmt::format("\n{}:\n", title);
  for (const Row& row : rows) out += fmt::format("  {:<{}}  {}\n", row.term, width, wrapped(row.meaning, width + 4));
  return out;
}

std::vector<Row> exit_rows() {
  return {
#define FRESHET_EXIT_CODE_ROW(name, number, meaning) {#number, meaning},
      FRESHET_EXIT_CODES(FRESHET_EXIT_CODE_ROW)
#undef FRESHET_EXIT_CODE_ROW
  };
}

}  // namespace

std::span<const Verb* const> all_verbs() {
  static constexpr std::array<const Verb*, 6> kVerbs = {&kProxyVerb, &kStatsVerb, &kExplainVerb,
                                                        &kPurgeVerb, &kTopVerb,   &kReplayVerb};
  return kVerbs;
}

std::string help_text() {
  std::string out =
      "Stands in front of a web application as its cache.\n"
      "Looks into a running Freshet cache, and purges it, without stopping anybody.\n"
      "Tells from an access log how large a cache should be.\n\n"
      "usage: freshet VERB ...\n";
  std::vector<Row> verbs;
  for (const Verb* verb : all_verbs()) verbs.push_back({std::string(verb->name), std::string(verb->summary)});
  verbs.push_back({"help", "this text; freshet help VERB tells all about a verb"});
  verbs.push_back({"--version", "which version this is"});
  out += table("verbs", verbs);
  out += table("URL", {{"shared:NAME", "a segment in shared memory, by name"},
                       {"file:/path", "a segment in a file on disk"},
                       {"...&mode=0660", "behind ? or &: as the application gave it, where several users share it"}});
  out += table("exit codes", exit_rows());
  out +=
      "\nexamples:\n  freshet stats shared:shop\n  freshet explain shared:shop product:42\n"
      "  freshet purge shared:shop --tag product:42\n  freshet top shared:shop\n"
      "  freshet replay /var/log/nginx/access.log\n";
  return out;
}

std::string help_text(const Verb& verb) {
  std::string out = fmt::format("{}.\n\nusage: freshet {} {}\n\n{}\n", wrapped(verb.summary, 0), verb.name, verb.usage,
                                wrapped(verb.description, 0));
  out[0] = static_cast<char>(out[0] - 'a' + 'A');
  std::vector<Row> rows;
  for (const Operand& operand : verb.operands) rows.push_back({std::string(operand.name), std::string(operand.help)});
  out += table("arguments", rows);
  rows.clear();
  for (const Flag& flag : verb.flags) {
    Row row{std::string(flag.name), std::string(flag.help)};
    if (!flag.value.empty()) row.term += ' ' + std::string(flag.value);
    if (flag.repeats) row.meaning += "; may be repeated";
    if (!flag.default_text.empty()) row.meaning += fmt::format(" (default: {})", flag.default_text);
    rows.push_back(std::move(row));
  }
  rows.push_back({"-h, --help", "this text"});
  out += table("options", rows);
  out += table("exit codes", exit_rows());
  out += "\nexamples:\n";
  for (const std::string_view example : verb.examples) out += fmt::format("  {}\n", example);
  return out;
}

}  // namespace freshet::tools
