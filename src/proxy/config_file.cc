// A proxy's settings from a TOML file. All of the file's mistakes are told at once, each with its line.
#include <freshet/error.h>
#include <freshet/proxy.h>
#include <freshet/time.h>

#define TOML_EXCEPTIONS 1
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <toml++/toml.h>
#include <vector>

namespace freshet {
namespace {

using Complain = std::function<void(const toml::node&, const std::string& what)>;
/// Takes a value over, or says what was expected.
using Setter = std::function<void(const toml::node&, const std::string& name, const Complain&)>;

void take_text(const toml::node& node, const std::string& name, const Complain& complain, std::string& into) {
  if (const auto text = node.value_exact<std::string>()) {
    into = *text;
  } else {
    complain(node, name + " takes a text, in quotation marks");
  }
}

Setter text(std::string& into) {
  return [&into](const toml::node& node, const std::string& name, const Complain& complain) {
    take_text(node, name, complain, into);
  };
}

Setter number(unsigned& into, unsigned most) {
  return [&into, most](const toml::node& node, const std::string& name, const Complain& complain) {
    const auto value = node.value_exact<std::int64_t>();
    if (value && *value >= 0 && *value <= most) {
      into = static_cast<unsigned>(*value);
    } else {
      complain(node, name + " takes a number from 0 to " + std::to_string(most));
    }
  };
}

Setter span(std::chrono::milliseconds& into) {
  return [&into](const toml::node& node, const std::string& name, const Complain& complain) {
    std::string written;
    take_text(node, name, complain, written);
    if (written.empty()) return;
    try {
      const Duration duration = parse_duration(written);
      if (duration < std::chrono::milliseconds(1) || duration > std::chrono::hours(24)) {
        return complain(node, name + " may be 1ms to 1d");
      }
      into = std::chrono::duration_cast<std::chrono::milliseconds>(duration);
    } catch (const ConfigError& error) {
      complain(node, name + ": " + error.what());
    }
  };
}

using Settings = std::map<std::string, Setter, std::less<>>;

/// What a file may hold, by table; the first is what stands before any.
std::map<std::string, Settings, std::less<>> settings_of(ProxyOptions& options, std::string& token_file) {
  ProxyTimeouts& timeouts = options.timeouts;
  return {
      {"",
       {{"origin", text(options.origin)},
        {"listen", text(options.listen)},
        {"store", text(options.store)},
        {"profile", text(options.profile)},
        {"threads", number(options.threads, 1024)},
        {"access_log", text(options.access_log)}}},
      {"admin", {{"listen", text(options.admin)}, {"token_file", text(token_file)}}},
      {"timeouts",
       {{"connect", span(timeouts.connect)},
        {"response_head", span(timeouts.response_head)},
        {"response_body", span(timeouts.response_body)},
        {"origin_idle", span(timeouts.origin_idle)},
        {"request_head", span(timeouts.request_head)},
        {"request_body", span(timeouts.request_body)},
        {"client_idle", span(timeouts.client_idle)},
        {"client_write", span(timeouts.client_write)},
        {"collapse", span(timeouts.collapse)}}},
  };
}

std::string list_of(const Settings& settings) {
  std::string out;
  for (const auto& [name, setter] : settings) out += (out.empty() ? "" : ", ") + name;
  return out;
}

void read_table(const toml::table& table, const std::string& prefix, const Settings& settings,
                const Complain& complain) {
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto at = settings.find(name);
    if (at == settings.end()) {
      // A table of its own is looked at by itself.
      if (!prefix.empty() || !node.is_table()) {
        complain(node, prefix + name + " is no setting; there are " + list_of(settings));
      }
      continue;
    }
    at->second(node, prefix + name, complain);
  }
}

}  // namespace

std::string read_admin_token(const std::string& path) {
  std::ifstream file(path);
  std::string token;
  if (!std::getline(file, token)) throw ConfigError("admin token: " + path + ": no line can be read there");
  return token;
}

ProxyOptions read_proxy_options(const std::string& path) {
  ProxyOptions options;
  std::string token_file;
  std::string mistakes;
  const auto at = [&](toml::source_index line, const std::string& what) {
    mistakes.append(mistakes.empty() ? "" : "\n").append(path).append(":").append(std::to_string(line));
    mistakes.append(": ").append(what);
  };
  try {
    const toml::table file = toml::parse_file(path);
    const Complain complain = [&](const toml::node& node, const std::string& what) {
      at(node.source().begin.line, what);
    };
    const auto tables = settings_of(options, token_file);
    read_table(file, "", tables.at(""), complain);
    for (const auto& [key, node] : file) {
      if (!node.is_table()) continue;
      const std::string name(key.str());
      const auto settings = tables.find(name);
      if (settings == tables.end() || name.empty()) {
        complain(node, "[" + name + "] is no table; there are [admin] and [timeouts]");
      } else {
        read_table(*node.as_table(), name + '.', settings->second, complain);
      }
    }
    if (options.origin.empty() && mistakes.empty())
      at(1, "origin is missing: where requests go that the cache cannot answer");
  } catch (const toml::parse_error& error) {
    at(error.source().begin.line, std::string(error.description()));
  }
  if (!mistakes.empty()) throw ConfigError(mistakes);
  if (!token_file.empty()) options.admin_token = read_admin_token(token_file);
  return options;
}

}  // namespace freshet
