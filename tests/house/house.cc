// Reads include lines and file names; it does not parse C++.
#include "tests/house/house.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string_view>

namespace house {
namespace {

namespace fs = std::filesystem;
using namespace std::string_view_literals;

constexpr std::size_t kLongestFileLines = 600;

// Which rooms a room may include, besides itself. The order is the order of the house, from the ground up.
const std::map<std::string, std::set<std::string>, std::less<>> kMayUse = {
    {"model", {}},
    {"platform", {"model"}},
    {"segment", {"model", "platform"}},
    {"codec", {"model"}},
    {"store", {"model", "platform", "segment"}},
    {"policy", {"model"}},
    {"http", {"model"}},
    {"http1", {"model", "http"}},
    {"cache", {"model", "platform", "segment", "codec", "store", "policy"}},
    {"exchange", {"model", "http", "http1", "cache"}},
    {"response_cache", {"model", "store", "http", "http1", "cache", "exchange"}},
    {"proxy", {"model", "platform", "http", "http1", "cache", "exchange"}},
};

// Only these rooms talk to the operating system: platform, the segment about its own file and processes, and the proxy
// about its sockets.
const std::set<std::string, std::less<>> kSystemRooms = {"platform", "proxy", "segment"};

// Public headers of plain values and of seams: every room may include them, whoever implements them.
const std::set<std::string, std::less<>> kEveryonesHeaders = {"store.h", "executor.h", "time.h",
                                                              "error.h", "options.h",  "reason.h"};

// The adapters, and the framework whose types each speaks: the only third-party includes of public headers. The library
// itself includes no adapter.
const std::map<std::string, std::string_view, std::less<>> kAdapters = {{"httplib.h", "httplib.h"},
                                                                        {"beast.h", "boost/beast/http/"}};

// Files of tools/ and examples/ that may include private headers, each with its reason: {"tools/x.cc", "segment/y.h"}.
const std::set<std::pair<std::string, std::string>> kAllowedPeeks = {};

constexpr std::array kForbiddenWords = {"util"sv,     "utils"sv, "common"sv, "helper"sv, "helpers"sv, "manager"sv,
                                        "managers"sv, "base"sv,  "misc"sv,   "data"sv,   "info"sv};

constexpr std::array kFolders = {"bench"sv, "examples"sv, "include"sv, "src"sv, "tests"sv, "tools"sv};

// The standard library of C++20, without what C++17 removed.
const std::set<std::string, std::less<>> kStandardHeaders = {"algorithm",
                                                             "any",
                                                             "array",
                                                             "atomic",
                                                             "barrier",
                                                             "bit",
                                                             "bitset",
                                                             "cassert",
                                                             "cctype",
                                                             "cerrno",
                                                             "cfenv",
                                                             "cfloat",
                                                             "charconv",
                                                             "chrono",
                                                             "cinttypes",
                                                             "climits",
                                                             "clocale",
                                                             "cmath",
                                                             "compare",
                                                             "complex",
                                                             "concepts",
                                                             "condition_variable",
                                                             "coroutine",
                                                             "csetjmp",
                                                             "csignal",
                                                             "cstdarg",
                                                             "cstddef",
                                                             "cstdint",
                                                             "cstdio",
                                                             "cstdlib",
                                                             "cstring",
                                                             "ctime",
                                                             "cuchar",
                                                             "cwchar",
                                                             "cwctype",
                                                             "deque",
                                                             "exception",
                                                             "execution",
                                                             "filesystem",
                                                             "format",
                                                             "forward_list",
                                                             "fstream",
                                                             "functional",
                                                             "future",
                                                             "initializer_list",
                                                             "iomanip",
                                                             "ios",
                                                             "iosfwd",
                                                             "iostream",
                                                             "istream",
                                                             "iterator",
                                                             "latch",
                                                             "limits",
                                                             "list",
                                                             "locale",
                                                             "map",
                                                             "memory",
                                                             "memory_resource",
                                                             "mutex",
                                                             "new",
                                                             "numbers",
                                                             "numeric",
                                                             "optional",
                                                             "ostream",
                                                             "queue",
                                                             "random",
                                                             "ranges",
                                                             "ratio",
                                                             "regex",
                                                             "scoped_allocator",
                                                             "semaphore",
                                                             "set",
                                                             "shared_mutex",
                                                             "source_location",
                                                             "span",
                                                             "sstream",
                                                             "stack",
                                                             "stdexcept",
                                                             "stop_token",
                                                             "streambuf",
                                                             "string",
                                                             "string_view",
                                                             "syncstream",
                                                             "system_error",
                                                             "thread",
                                                             "tuple",
                                                             "type_traits",
                                                             "typeindex",
                                                             "typeinfo",
                                                             "unordered_map",
                                                             "unordered_set",
                                                             "utility",
                                                             "valarray",
                                                             "variant",
                                                             "vector",
                                                             "version"};

struct Include {
  std::string target;
  bool quoted = false;
  std::size_t line = 0;
};

struct File {
  fs::path absolute;
  std::string path;  // from the root, with '/'
  std::vector<std::string> lines;
  std::vector<Include> includes;
};

std::string first_part(std::string_view path) { return std::string(path.substr(0, path.find('/'))); }

std::string_view trimmed(std::string_view line) {
  const auto begin = line.find_first_not_of(" \t\r");
  return begin == std::string_view::npos ? std::string_view() : line.substr(begin);
}

std::vector<Include> includes_of(const std::vector<std::string>& lines) {
  std::vector<Include> found;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::string_view line = trimmed(lines[i]);
    if (!line.starts_with('#')) continue;
    line = trimmed(line.substr(1));
    if (!line.starts_with("include"sv)) continue;
    line = trimmed(line.substr("include"sv.size()));
    if (line.empty() || (line.front() != '"' && line.front() != '<')) continue;
    const bool quoted = line.front() == '"';
    const auto end = line.find(quoted ? '"' : '>', 1);
    if (end == std::string_view::npos) continue;
    found.push_back({std::string(line.substr(1, end - 1)), quoted, i + 1});
  }
  return found;
}

File read(const fs::path& root, const fs::path& absolute) {
  File file;
  file.absolute = absolute;
  file.path = absolute.lexically_relative(root).generic_string();
  std::ifstream in(absolute);
  for (std::string line; std::getline(in, line);) file.lines.push_back(line);
  file.includes = includes_of(file.lines);
  return file;
}

// src/segment/log.cc is of the room segment.
std::string room_of(const File& file) { return first_part(std::string_view(file.path).substr("src/"sv.size())); }

// How many rooms stand below: enough to order those that matter, for a room may use all that it stands above.
std::size_t height(const std::string& room) { return kMayUse.at(room).size(); }

bool is_source(const fs::path& path) { return path.extension() == ".h" || path.extension() == ".cc"; }
bool is_test(std::string_view path) { return path.ends_with("_test.cc"sv); }

// Linux and POSIX: <unistd.h>, <sys/mman.h>, <linux/futex.h>.
bool is_system(std::string_view header) {
  constexpr std::array kNames = {"unistd.h"sv, "fcntl.h"sv, "pthread.h"sv, "sched.h"sv, "poll.h"sv,  "dirent.h"sv,
                                 "signal.h"sv, "grp.h"sv,   "pwd.h"sv,     "netdb.h"sv, "spawn.h"sv, "syscall.h"sv};
  return header.starts_with("sys/"sv) || header.starts_with("linux/"sv) || header.starts_with("netinet/"sv) ||
         header.starts_with("arpa/"sv) || std::find(kNames.begin(), kNames.end(), header) != kNames.end();
}

class Inspector {
 public:
  explicit Inspector(fs::path root) : root_(std::move(root)) {}

  std::vector<Complaint> run() {
    for (std::string_view folder : kFolders) collect(root_ / folder);
    std::sort(files_.begin(), files_.end(), [](const File& a, const File& b) { return a.path < b.path; });
    find_owners();
    for (const File& file : files_) {
      if (is_source(file.absolute)) inspect_source(file);
    }
    std::stable_sort(complaints_.begin(), complaints_.end(), [](const Complaint& a, const Complaint& b) {
      return std::pair(a.path, a.line) < std::pair(b.path, b.line);
    });
    return std::move(complaints_);
  }

 private:
  void collect(const fs::path& folder) {
    if (!fs::is_directory(folder)) return;
    for (auto it = fs::recursive_directory_iterator(folder); it != fs::recursive_directory_iterator(); ++it) {
      const std::string path = it->path().lexically_relative(root_).generic_string();
      inspect_name(path, it->path().stem().string());
      if (it->is_regular_file() && is_source(it->path())) files_.push_back(read(root_, it->path()));
    }
  }

  void inspect_name(const std::string& path, const std::string& stem) {
    std::string words = stem;
    std::replace_if(
        words.begin(), words.end(), [](char c) { return c == '-' || c == '.'; }, '_');
    std::istringstream in(words);
    for (std::string word; std::getline(in, word, '_');) {
      if (std::find(kForbiddenWords.begin(), kForbiddenWords.end(), word) != kForbiddenWords.end()) {
        complain(path, 0, "is called '" + word + "', which says nothing: name it after the one idea in it");
      }
    }
  }

  // A public header belongs to the room that implements it: to the lowest room with an x.cc that includes
  // <freshet/x.h>. One without an implementation stands as high as the highest header that it includes.
  void find_owners() {
    const auto own = [this](const std::string& header, const std::string& room) {
      if (!kEveryonesHeaders.contains(header)) owner_[header] = room;
    };
    for (const File& file : files_) {
      const std::string header = file.absolute.stem().string() + ".h";
      if (!file.path.starts_with("src/"sv) || file.absolute.extension() != ".cc" || !includes(file, header)) continue;
      const std::string room = room_of(file);
      if (!kMayUse.contains(room)) continue;
      if (const auto known = owner_.find(header); known == owner_.end() || height(room) < height(known->second)) {
        own(header, room);
      }
    }
    // Headers include each other without a cycle, so this ends after as many rounds as the chain is long.
    for (bool changed = true; changed;) {
      changed = false;
      for (const File& file : files_) {
        const std::string header = file.absolute.filename().string();
        if (!file.path.starts_with("include/"sv) || owner_.contains(header) || kEveryonesHeaders.contains(header))
          continue;
        std::string highest;
        for (const auto& [other, room] : owner_) {
          if (includes(file, other) && (highest.empty() || height(room) > height(highest))) highest = room;
        }
        if (!highest.empty()) {
          own(header, highest);
          changed = true;
        }
      }
    }
  }

  static bool includes(const File& file, const std::string& public_header) {
    return std::any_of(file.includes.begin(), file.includes.end(),
                       [&](const Include& include) { return include.target == "freshet/" + public_header; });
  }

  void inspect_source(const File& file) {
    inspect_opening(file);
    if (file.lines.size() > kLongestFileLines) {
      complain(file.path, 0,
               "has " + std::to_string(file.lines.size()) + " lines; above " + std::to_string(kLongestFileLines) +
                   " a second idea has moved in: split it");
    }
    const std::string top = first_part(file.path);
    for (const Include& include : file.includes) {
      if (top == "src") inspect_room_include(file, include);
      if (top == "include") inspect_public_include(file, include);
      if (top == "tools" || top == "examples") inspect_user_include(file, include);
    }
  }

  // The header speaks for x.cc and x_test.cc: what is said there need not be said again.
  bool header_speaks(const File& file) const {
    if (file.absolute.extension() == ".h") return false;
    std::string stem = file.absolute.stem().string();
    if (stem.ends_with("_test"sv)) stem.resize(stem.size() - "_test"sv.size());
    return fs::exists(file.absolute.parent_path() / (stem + ".h")) ||
           fs::exists(root_ / "include/freshet" / (stem + ".h"));
  }

  void inspect_opening(const File& file) {
    if (header_speaks(file)) return;
    const auto first = std::find_if(file.lines.begin(), file.lines.end(),
                                    [](const std::string& line) { return !trimmed(line).empty(); });
    std::size_t words = 0;
    if (first != file.lines.end() && (trimmed(*first).starts_with("//"sv) || trimmed(*first).starts_with("/*"sv))) {
      std::istringstream in(*first);
      for (std::string word; in >> word;) ++words;
    }
    // The comment mark and three words: less than that says nothing.
    if (words < 4) complain(file.path, 1, "does not open with a comment that says what the file is");
  }

  void inspect_room_include(const File& file, const Include& include) {
    const std::string room = room_of(file);
    const auto rule = kMayUse.find(room);
    if (rule == kMayUse.end()) {
      complain(file.path, include.line, "'" + room + "' is not a room of the house (tests/house/house.cc lists them)");
      return;
    }
    if (!include.quoted) {
      if (include.target.starts_with("freshet/"sv) &&
          kAdapters.contains(std::string_view(include.target).substr("freshet/"sv.size()))) {
        complain(file.path, include.line, "<" + include.target + "> is an adapter: no room may need its framework");
      }
      if (include.target.starts_with("freshet/"sv)) inspect_owner(file, include, room, rule->second);
      if (is_system(include.target) && !kSystemRooms.contains(room) && !is_test(file.path)) {
        complain(file.path, include.line,
                 "<" + include.target + ">: only platform and segment talk to the operating system");
      }
      return;
    }
    const std::string target_room = first_part(include.target);
    if (include.target.find('/') == std::string::npos || !kMayUse.contains(target_room)) {
      complain(file.path, include.line,
               "\"" + include.target + "\" is not in a room: src/ includes \"room/file.h\" and <freshet/file.h> only");
    } else if (target_room != room && !rule->second.contains(target_room)) {
      complain(file.path, include.line, room + " may not include " + target_room + ": \"" + include.target + "\"");
    }
  }

  void inspect_owner(const File& file, const Include& include, const std::string& room,
                     const std::set<std::string>& may_use) {
    const auto owner = owner_.find(include.target.substr("freshet/"sv.size()));
    if (owner == owner_.end() || owner->second == room || may_use.contains(owner->second)) return;
    complain(file.path, include.line,
             room + " may not include <" + include.target + ">, which belongs to " + owner->second);
  }

  static bool adapter_may_include(const File& file, const std::string& target) {
    const auto adapter = kAdapters.find(file.absolute.filename().string());
    return adapter != kAdapters.end() && target.starts_with(adapter->second);
  }

  void inspect_public_include(const File& file, const Include& include) {
    if (include.quoted) {
      complain(file.path, include.line,
               "a public header includes \"" + include.target + "\"; only <freshet/...> is public");
    } else if (adapter_may_include(file, include.target)) {
      return;
    } else if (include.target.starts_with("freshet/"sv) &&
               kAdapters.contains(std::string_view(include.target).substr("freshet/"sv.size()))) {
      complain(file.path, include.line,
               "<" + include.target + "> would make every user of this header need its framework");
    } else if (!include.target.starts_with("freshet/"sv) && !kStandardHeaders.contains(include.target)) {
      complain(file.path, include.line,
               "a public header includes <" + include.target + ">: neither <freshet/...> nor the standard library");
    } else if (const auto own = owner_.find(file.absolute.filename().string()); own != owner_.end()) {
      if (include.target.starts_with("freshet/"sv)) inspect_owner(file, include, own->second, kMayUse.at(own->second));
    }
  }

  void inspect_user_include(const File& file, const Include& include) {
    if (!include.quoted || kAllowedPeeks.contains({file.path, include.target})) return;
    if (fs::exists(file.absolute.parent_path() / include.target)) return;
    const std::string part = first_part(include.target);
    if (kMayUse.contains(part) || part == "src" || part == "tests") {
      complain(
          file.path, include.line,
          "\"" + include.target + "\" is private: " + first_part(file.path) + "/ uses <freshet/...> like any user");
    }
  }

  void complain(std::string path, std::size_t line, std::string what) {
    complaints_.push_back({std::move(path), line, std::move(what)});
  }

  fs::path root_;
  std::vector<File> files_;
  std::map<std::string, std::string, std::less<>> owner_;
  std::vector<Complaint> complaints_;
};

}  // namespace

std::string to_string(const Complaint& complaint) {
  const std::string line = complaint.line == 0 ? "" : ":" + std::to_string(complaint.line);
  return complaint.path + line + ": " + complaint.what;
}

std::vector<Complaint> inspect(const std::filesystem::path& root) { return Inspector(root).run(); }

}  // namespace house
