// Keys from what a stranger chose: typed arguments, names, namespaces, versions, tags.
//
// A key can be taken apart again, by a parser that knows only what key.h says of keys: so two calls give the same key
// only if they name equal values. The store finds under a key, and by a tag, what was put there and nothing else.
#include "byte_source.h"
#include "key_parts.h"
#include "require.h"
#include "segment/segment.h"
#include "store/segment_store.h"

#include <freshet/cache.h>
#include <freshet/engine.h>
#include <freshet/error.h>
#include <freshet/key.h>

#include <algorithm>
#include <map>
#include <string>
#include <unordered_set>
#include <variant>
#include <vector>

namespace {

using namespace freshet;
using fuzz::ByteSource;
using fuzz::meaning;
using fuzz::require;

const Instant kNow{std::chrono::hours(24 * 365 * 50)};

// --- typed arguments ---------------------------------------------------------------------------------------------

using Choice = std::variant<int, std::string, std::monostate>;

// Calls `use` with a value of a type that the input chooses.
template <class Use>
void with_value(ByteSource& in, Use&& use) {
  const auto texts = [&in] {
    std::vector<std::string> all(in.number<std::uint8_t>() % 4);
    for (std::string& text : all) text = in.text();
    return all;
  };
  switch (in.number<std::uint8_t>() % 22) {
    case 0:
      return use(in.number<std::int64_t>());
    case 1:
      return use(in.number<std::uint64_t>());
    case 2:
      return use(in.number<std::int8_t>());
    case 3:
      return use(in.number<std::uint8_t>() % 2 == 0);
    case 4:
      return use(in.number<char>());
    case 5:
      return use(in.text());
    case 6:
      return use(in.number<double>());
    case 7:
      return use(in.number<float>());
    case 8:
      return use(static_cast<fuzz::Colour>(in.number<std::int8_t>()));
    case 9: {
      const std::string text = in.text();
      const auto bytes = std::as_bytes(std::span(text));
      return use(std::vector<std::byte>(bytes.begin(), bytes.end()));
    }
    case 10:
      return in.number<std::uint8_t>() % 2 == 0 ? use(std::optional<std::string>(in.text()))
                                                : use(std::optional<std::string>());
    case 11:
      return use(std::vector<std::int16_t>(in.number<std::uint8_t>() % 4, in.number<std::int16_t>()));
    case 12:
      return use(texts());
    case 13: {
      std::string first = in.text();
      return use(std::pair(std::move(first), in.number<int>()));
    }
    case 14: {
      std::string name = in.text();
      return use(fuzz::Named{std::move(name), in.number<unsigned>()});
    }
    case 15: {
      const auto which = in.number<std::uint8_t>() % 3;
      return use(which == 0 ? Choice(in.number<int>()) : which == 1 ? Choice(in.text()) : Choice(std::monostate()));
    }
    case 16:
      return use(std::chrono::seconds(in.number<std::int32_t>()));
    case 17:
      return use(std::chrono::duration<double, std::ratio<86400>>(in.number<float>()));
    case 18:
      return use(Instant(Duration(in.number<std::int64_t>())));
    case 19: {
      std::map<std::string, double> all;
      for (const std::string& text : texts()) all[text] = in.number<double>();
      return use(all);
    }
    case 20: {
      const auto all = texts();
      return use(std::unordered_set<std::string>(all.begin(), all.end()));
    }
    default:
      return use(fuzz::Money{in.number<std::int64_t>(), in.text()});
  }
}

void check_typed(ByteSource& in) {
  const std::string name = in.text();
  const std::string beside = in.text();
  with_value(in, [&](const auto& value) {
    const auto check = [&](const std::string& key, const std::vector<std::string>& meant) {
      fuzz::Call call;
      require(fuzz::take_apart(key, call), "a key can be taken apart");
      require(call.name == name, "into its name");
      require(call.arguments == meant, "and its arguments");
    };
    check(make_key(name, value), {meaning(value)});
    check(make_key(name, value, beside), {meaning(value), meaning(beside)});
    check(make_key(name, beside, std::optional(value), 7),
          {meaning(beside), meaning(std::optional(value)), meaning(7)});
    check(make_key(name, std::vector{value, value}), {meaning(std::vector{value, value})});
  });
}

// --- namespaces and versions -------------------------------------------------------------------------------------

void check_scope(ByteSource& in) {
  std::string name_space = in.text();
  const std::string inner = in.text();
  const std::string version = in.text();
  const std::string key(in.rest());
  std::shared_ptr<const detail::Scope> scope;
  try {
    scope = detail::make_scope(name_space, version);
    if (!inner.empty()) {
      scope = detail::inner_scope(*scope, inner);
      name_space += (name_space.empty() ? "" : "/") + inner;
    }
  } catch (const ConfigError& error) {
    const std::string_view what(error.what());
    require(what.starts_with("namespace ") || what.starts_with("version "), "a refusal says what it is about");
    require(what.find("; ") != std::string_view::npos || what.find("give it a name") != std::string_view::npos,
            "and how to mend it");
    return;
  }
  const detail::StoredKey stored(*scope, key);
  require(stored.user_key() == key, "the key is at the end");
  require(stored.view() == stored_key(name_space, version, key), "it is the same by either way");
  // Taken apart: what stands before the first NUL, divided at the first '@'.
  const std::string_view whole = stored.view();
  const std::size_t end = whole.find('\0');
  require(end != std::string_view::npos && whole.substr(end + 1) == key, "a NUL ends namespace and version");
  const std::string_view before = whole.substr(0, end);
  const std::size_t at = before.find('@');
  require(before.substr(0, at) == name_space, "the namespace stands before the version");
  require(at == std::string_view::npos ? version.empty() : before.substr(at + 1) == version, "the version behind it");
  const auto levels = static_cast<std::size_t>(std::count(name_space.begin(), name_space.end(), '/')) + 1;
  require(scope->tags.size() == (name_space.empty() ? 0 : levels), "a tag for each level");
  for (const std::string& tag : scope->tags) {
    const std::string_view level = std::string_view(tag).substr(4);
    require(tag.starts_with("\x01ns:") && name_space.starts_with(level) &&
                (level.size() == name_space.size() || name_space[level.size()] == '/'),
            "whose names are those of the levels");
  }
}

// --- in a store --------------------------------------------------------------------------------------------------

void check_store(ByteSource& in) {
  static SegmentStore store(segment::Segment::open(segment::parse_placement("memory:?size=1MiB")));
  static std::uint64_t written = 0;
  std::vector<std::string> tags(in.number<std::uint8_t>() % (kMaxTags + 3));
  std::size_t tag_bytes = 0;
  for (std::string& tag : tags) {
    tag = in.text();
    // Now and then beyond what may be.
    if (tag.size() == 255) tag.resize(2049, 't');
    tag_bytes += tag.size();
  }
  const std::size_t times = in.number<std::uint8_t>() == 0xFF ? 1 + in.number<std::uint16_t>() : 1;
  const std::string part(in.rest());
  std::string key;
  for (std::size_t i = 0; i < times && key.size() <= kMaxStoredKeyBytes; ++i) key += part;

  const std::string value = std::to_string(++written);
  PutRequest request;
  request.key = key;
  request.value = std::as_bytes(std::span(value));
  request.tags = tags;
  request.meta.stored_at = kNow;
  request.meta.fresh_until = request.meta.keep_until = kNow + std::chrono::hours(1);
  const Reason reason = store.put(request);
  std::string found;
  const Fetch fetch = store.get(key, kNow, found);
  if (key.empty() || key.size() > kMaxStoredKeyBytes) {
    require(reason == Reason::refused_bad_key && fetch.reason == Reason::miss_bad_key, "what is no key is refused");
    return;
  }
  if (tags.size() > kMaxTags || tag_bytes > kMaxTagNamesBytes) {
    require(reason == Reason::refused_too_many_tags, "too many tags are refused");
    return;
  }
  require(reason == Reason::stored && fetch.found && found == value, "what was put is found");
  const Explanation told = store.explain(key, kNow);
  require(told.key_bytes == key.size() && told.tags == tags, "with all its tags, as they were");
  for (const std::string& other : {key + '\0', '\0' + key, key.substr(1), key.substr(0, key.size() - 1)}) {
    if (other == key || other.empty()) continue;
    std::string theirs;
    require(!store.get(other, kNow, theirs).found || theirs != value, "and under no other key");
  }
  if (tags.empty()) return;
  store.invalidate_tag(tags[key.size() % tags.size()]);
  require(!store.get(key, kNow, found).found, "each of its tags invalidates it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  ByteSource in(data + 1, size - 1);
  switch (data[0] % 4) {
    case 0:
    case 1:
      check_typed(in);
      break;
    case 2:
      check_scope(in);
      break;
    default:
      check_store(in);
      break;
  }
  return 0;
}
