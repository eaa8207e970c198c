// The executable `freshet`: finds the verb, runs it, and turns what went wrong into one line and an exit code.
#include "exit_code.h"
#include "printable.h"
#include "trace_input.h"
#include "verbs.h"

#include <freshet/error.h>

#include <cstdio>
#include <exception>
#include <string>
#include <vector>

namespace freshet::tools {
namespace {

ExitCode complain(ExitCode code, std::string_view what, std::string_view hint = {}) {
  std::string line = "freshet: ";
  // One line, whatever a file name or a URL holds.
  for (const char c : what) line += c == '\n' ? ' ' : c;
  line += hint;
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
  return code;
}

const Verb& find_verb(std::string_view name) {
  std::vector<std::string_view> names;
  for (const Verb* verb : all_verbs()) {
    if (verb->name == name) return *verb;
    names.push_back(verb->name);
  }
  names.emplace_back("help");
  std::string message = "there is no verb \"" + printable(name) + '"';
  const std::string_view meant = nearest(name, names);
  if (!meant.empty()) message += "; did you mean " + std::string(meant) + "?";
  throw UsageError(message);
}

ExitCode run(std::span<const std::string_view> words) {
  if (words.empty()) throw UsageError("a verb is missing: proxy, stats, explain, purge, top or replay");
  const std::string_view first = words.front();
  words = words.subspan(1);
  if (first == "--version") {
    print("freshet " FRESHET_VERSION "\n");
    return ExitCode::ok;
  }
  if (first == "help" || first == "--help" || first == "-h") {
    if (words.size() > 1) throw UsageError("help takes one verb");
    print(words.empty() || words.front() == "help" ? help_text() : help_text(find_verb(words.front())));
    return ExitCode::ok;
  }
  const Verb& verb = find_verb(first);
  if (asks_for_help(words)) {
    print(help_text(verb));
    return ExitCode::ok;
  }
  try {
    return verb.run(parse(verb, words));
  } catch (const UsageError& error) {
    return complain(ExitCode::usage, error.what(), "; see freshet help " + std::string(verb.name));
  }
}

ExitCode guarded(std::span<const std::string_view> words) {
  try {
    const ExitCode code = run(words);
    flush();
    return code;
  } catch (const UsageError& error) {
    return complain(ExitCode::usage, error.what(), "; see freshet help");
  } catch (const ConfigError& error) {
    return complain(ExitCode::cannot_open, error.what());
  } catch (const TraceError& error) {
    return complain(ExitCode::cannot_open, error.what());
  } catch (const std::exception& error) {
    return complain(ExitCode::failed, error.what());
  }
}

}  // namespace
}  // namespace freshet::tools

int main(int count, char** words) {
  const std::vector<std::string_view> all(words + (count > 0 ? 1 : 0), words + count);
  return static_cast<int>(freshet::tools::guarded(all));
}
