#include "http/key.h"

#include <algorithm>
#include <vector>

namespace freshet::http {
namespace {

bool is_target(std::string_view target) noexcept {
  return !target.empty() && target.front() == '/' && std::all_of(target.begin(), target.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7f && c != '#';
  });
}

void append_lower(std::string& out, std::string_view text) {
  for (const char c : text) out += lower(c);
}

// Parameters by name; those of one name keep their order, it may mean something.
void append_sorted_query(std::string& out, std::string_view query) {
  std::vector<std::string_view> parameters;
  for (std::size_t at = 0; at <= query.size();) {
    const std::size_t end = std::min(query.find('&', at), query.size());
    parameters.push_back(query.substr(at, end - at));
    at = end + 1;
  }
  const auto name = [](std::string_view parameter) { return parameter.substr(0, parameter.find('=')); };
  std::stable_sort(parameters.begin(), parameters.end(),
                   [&](std::string_view a, std::string_view b) { return name(a) < name(b); });
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (i != 0) out += '&';
    out += parameters[i];
  }
}

}  // namespace

bool append_key(std::string& out, const Request& request, const Rules& rules) {
  return append_key(out, Uri{request.scheme, request.authority, request.target}, rules);
}

bool append_key(std::string& out, const Uri& uri, const Rules& rules) {
  const auto host = parse_host(uri.scheme, uri.authority);
  if (!host || !is_token(uri.scheme) || !is_target(uri.target)) return false;
  append_lower(out, uri.scheme);
  out += "://";
  append_lower(out, host->name);
  if (!host->port.empty()) {
    out += ':';
    out += host->port;
  }
  const std::size_t question = uri.target.find('?');
  if (!rules.sort_query || question == std::string_view::npos) {
    out += uri.target;
  } else {
    out += uri.target.substr(0, question + 1);
    append_sorted_query(out, uri.target.substr(question + 1));
  }
  return true;
}

}  // namespace freshet::http
