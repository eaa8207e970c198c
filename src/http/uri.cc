#include "http/uri.h"

#include "http/grammar.h"

#include <algorithm>

namespace freshet::http {
namespace {

bool is_host_char(char c) noexcept {
  return is_alpha(c) || is_digit(c) || c == '-' || c == '.' || c == '_' || c == '~' || c == '%';
}

bool is_address_char(char c) noexcept { return is_alpha(c) || is_digit(c) || c == ':' || c == '.'; }

// RFC 3986 section 5.2.4. What leaves the path at its top stays at its top.
void append_without_dot_segments(std::string& out, std::string_view path) {
  const std::size_t root = out.size();
  while (!path.empty()) {
    const std::size_t slash = path.find('/', 1);
    const std::string_view segment = path.substr(0, slash);  // with the slash before it
    const bool last = slash == std::string_view::npos;
    if (segment == "/..") {
      // Back to the slash before the last segment; rfind cannot find one before the root, which begins with one.
      if (const std::size_t at = out.rfind('/'); at != std::string::npos && at >= root) out.resize(at);
      if (last) out += '/';
    } else if (segment == "/.") {
      if (last) out += '/';
    } else {
      out += segment;
    }
    if (last) break;
    path.remove_prefix(slash);
  }
}

bool is_http(std::string_view scheme) noexcept { return same_word(scheme, "http") || same_word(scheme, "https"); }

// The scheme that a reference begins with, if any: ALPHA *( ALPHA / DIGIT / "+" / "-" / "." ) ":".
std::string_view scheme_of(std::string_view reference) noexcept {
  const std::size_t colon = reference.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_alpha(reference.front())) return {};
  const std::string_view scheme = reference.substr(0, colon);
  const bool good = std::all_of(scheme.begin(), scheme.end(),
                                [](char c) { return is_alpha(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; });
  return good ? scheme : std::string_view{};
}

}  // namespace

std::optional<Host> parse_host(std::string_view scheme, std::string_view authority) noexcept {
  Host host;
  std::size_t end = 0;
  if (!authority.empty() && authority.front() == '[') {
    end = authority.find(']');
    if (end == std::string_view::npos || end == 1) return std::nullopt;
    if (!std::all_of(authority.begin() + 1, authority.begin() + static_cast<std::ptrdiff_t>(end), is_address_char)) {
      return std::nullopt;
    }
    ++end;
  } else {
    while (end < authority.size() && is_host_char(authority[end])) ++end;
    if (end == 0) return std::nullopt;
  }
  host.name = authority.substr(0, end);
  if (end == authority.size()) return host;
  if (authority[end] != ':') return std::nullopt;
  host.port = authority.substr(end + 1);
  if (!std::all_of(host.port.begin(), host.port.end(), is_digit)) return std::nullopt;
  const std::size_t zeros = std::min(host.port.find_first_not_of('0'), host.port.size());
  // Port zero is none; without this it would be taken for an empty one.
  if (!host.port.empty() && zeros == host.port.size()) return std::nullopt;
  host.port.remove_prefix(zeros);
  if (host.port.size() > 5) return std::nullopt;
  // RFC 9110 section 4.2.3: an empty port is the default one.
  if (host.port == (same_word(scheme, "https") ? "443" : "80")) host.port = {};
  return host;
}

bool same_origin(const Uri& a, const Uri& b) noexcept {
  if (!same_word(a.scheme, b.scheme)) return false;
  const auto one = parse_host(a.scheme, a.authority);
  const auto other = parse_host(b.scheme, b.authority);
  return one && other && same_word(one->name, other->name) && one->port == other->port;
}

std::optional<Uri> resolve(const Uri& base, std::string_view reference, std::string& storage) {
  const bool clean = std::all_of(reference.begin(), reference.end(),
                                 [](char c) { return static_cast<unsigned char>(c) > 0x20 && c != 0x7f; });
  if (!clean) return std::nullopt;
  reference = reference.substr(0, reference.find('#'));
  std::string_view scheme = scheme_of(reference);
  std::string_view authority = base.authority;
  if (scheme.empty()) {
    scheme = base.scheme;
  } else {
    if (!is_http(scheme)) return std::nullopt;
    reference.remove_prefix(scheme.size() + 1);
    // An http URI has an authority; "http:path" is a mistake that RFC 3986 section 5.2.2 does not forgive either.
    if (!reference.starts_with("//")) return std::nullopt;
  }
  if (reference.starts_with("//")) {
    reference.remove_prefix(2);
    authority = reference.substr(0, reference.find_first_of("/?"));
    reference.remove_prefix(authority.size());
    if (!parse_host(scheme, authority)) return std::nullopt;
    if (reference.empty() || reference.front() == '?') {
      storage.assign(scheme).append(authority).append("/").append(reference);
    } else {
      const std::size_t query = std::min(reference.find('?'), reference.size());
      storage.assign(scheme).append(authority);
      append_without_dot_segments(storage, reference.substr(0, query));
      storage.append(reference.substr(query));
    }
  } else {
    storage.assign(scheme).append(authority);
    const std::string_view base_path = base.target.substr(0, base.target.find('?'));
    const std::size_t query = std::min(reference.find('?'), reference.size());
    if (reference.empty()) {
      storage.append(base.target);
    } else if (query == 0) {
      storage.append(base_path).append(reference);
    } else if (reference.front() == '/') {
      append_without_dot_segments(storage, reference.substr(0, query));
      storage.append(reference.substr(query));
    } else {
      // Section 5.2.3: in place of what follows the base's last slash.
      const std::size_t slash = base_path.rfind('/');
      std::string merged(slash == std::string_view::npos ? std::string_view("/") : base_path.substr(0, slash + 1));
      merged += reference.substr(0, query);
      append_without_dot_segments(storage, merged);
      storage.append(reference.substr(query));
    }
  }
  const std::string_view all = storage;
  return Uri{all.substr(0, scheme.size()), all.substr(scheme.size(), authority.size()),
             all.substr(scheme.size() + authority.size())};
}

}  // namespace freshet::http
