// Namespaces and versions: what stands before every key.
#include <freshet/cache.h>
#include <freshet/engine.h>
#include <freshet/error.h>

namespace freshet {
namespace detail {
namespace {

void check_name(std::string_view what, std::string_view name) {
  const auto refuse = [&](std::string_view why) {
    throw ConfigError(std::string(what) + " \"" + std::string(name) + "\": " + std::string(why));
  };
  if (name.empty()) refuse("it is empty; give it a name, or use the handle as it is");
  if (name.find('\0') != std::string_view::npos) refuse("it holds a NUL, which ends a namespace; leave it out");
  if (name.find('@') != std::string_view::npos)
    refuse("it holds '@', which begins a version; use another character, such as '-'");
  if (name.find('/') != std::string_view::npos) {
    refuse("it holds '/', which separates nested namespaces; use another character, or nest with namespaced() twice");
  }
}

}  // namespace

std::shared_ptr<const Scope> make_scope(std::string name_space, std::string version) {
  auto scope = std::make_shared<Scope>();
  scope->prefix = name_space;
  if (!version.empty()) {
    check_name("version", version);
    scope->prefix += '@' + version;
  }
  scope->prefix += '\0';
  if (scope->prefix.size() > kMaxScopeBytes) {
    throw ConfigError("namespace and version have " + std::to_string(scope->prefix.size()) +
                      " bytes together, and 4096 is the most; use shorter names");
  }
  // One tag per enclosing namespace, so that clearing an outer one clears the inner ones.
  for (std::size_t end = 0; !name_space.empty() && end != std::string::npos;) {
    const std::size_t begin = end == 0 ? 0 : end + 1;
    end = name_space.find('/', begin);
    check_name("namespace", std::string_view(name_space).substr(begin, end == std::string::npos ? end : end - begin));
    scope->tags.push_back("\x01ns:" + name_space.substr(0, end));
  }
  scope->name_space = std::move(name_space);
  scope->version = std::move(version);
  return scope;
}

std::shared_ptr<const Scope> inner_scope(const Scope& outer, std::string_view name) {
  check_name("namespace", name);
  std::string full = outer.name_space.empty() ? std::string(name) : outer.name_space + '/' + std::string(name);
  return make_scope(std::move(full), outer.version);
}

std::shared_ptr<const Scope> versioned_scope(const Scope& scope, std::string_view version) {
  check_name("version", version);
  return make_scope(scope.name_space, std::string(version));
}

}  // namespace detail

std::string stored_key(std::string_view name_space, std::string_view version, std::string_view key) {
  return detail::make_scope(std::string(name_space), std::string(version))->prefix + std::string(key);
}

}  // namespace freshet
