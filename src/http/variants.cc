#include "http/variants.h"

#include "http/vary.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace freshet::http {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMost16 = 0xffff;

struct Header {
  char magic[2];
  std::uint8_t version;
  std::uint8_t reserved;
  std::uint16_t sets;
  std::uint16_t rows;
};
static_assert(sizeof(Header) == 8);

struct RowHeader {
  std::int64_t date_us;
  std::uint16_t set;
  std::uint16_t selecting_bytes;
  std::uint16_t language_bytes;
  std::uint16_t reserved;
};
static_assert(sizeof(RowHeader) == 16);

template <class T>
bool take(std::string_view& rest, T& value) noexcept {
  if (rest.size() < sizeof value) return false;
  std::memcpy(&value, rest.data(), sizeof value);
  rest.remove_prefix(sizeof value);
  return true;
}

bool take(std::string_view& rest, std::size_t bytes, std::string_view& text) noexcept {
  if (rest.size() < bytes) return false;
  text = rest.substr(0, bytes);
  rest.remove_prefix(bytes);
  return true;
}

template <class T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

}  // namespace

std::optional<VariantList> VariantList::view(std::string_view bytes) noexcept {
  Header header;
  if (!take(bytes, header)) return std::nullopt;
  if (header.magic[0] != 'F' || header.magic[1] != 'V' || header.version != kVersion) return std::nullopt;
  VariantList list;
  list.sets_ = header.sets;
  list.rows_ = header.rows;
  const std::string_view start = bytes;
  for (std::size_t i = 0; i < list.sets_; ++i) {
    std::uint16_t names_bytes = 0;
    std::string_view names;
    if (!take(bytes, names_bytes) || !take(bytes, names_bytes, names) || names.empty()) return std::nullopt;
  }
  list.sets_text_ = start.substr(0, start.size() - bytes.size());
  list.rows_text_ = bytes;
  for (std::size_t i = 0; i < list.rows_; ++i) {
    RowHeader row;
    std::string_view text;
    if (!take(bytes, row) || row.set >= list.sets_) return std::nullopt;
    if (!take(bytes, row.selecting_bytes, text) || !take(bytes, row.language_bytes, text)) return std::nullopt;
  }
  list.rows_text_.remove_suffix(bytes.size());
  return list;
}

std::string_view VariantList::names_of(std::size_t set) const noexcept {
  std::string_view rest = sets_text_;
  std::string_view names;
  for (std::size_t i = 0; i <= set; ++i) {
    std::uint16_t names_bytes = 0;
    if (!take(rest, names_bytes) || !take(rest, names_bytes, names)) return {};
  }
  return names;
}

bool VariantList::next(std::string_view& rest, Variant& row) const noexcept {
  RowHeader header;
  if (!take(rest, header) || !take(rest, header.selecting_bytes, row.selecting)) return false;
  if (!take(rest, header.language_bytes, row.language)) return false;
  row.names = names_of(header.set);
  row.date = Instant(Duration(header.date_us));
  return true;
}

std::optional<Variant> VariantList::select(Fields request, const Rules& rules, std::string& scratch) const {
  std::string_view names;  // that `scratch` was made for: rows of one Vary mostly stand together
  bool made = false;
  std::string_view wanted;
  bool looked_at_languages = false;
  std::optional<Variant> by_language;
  std::string_view rest = rows_text_;
  Variant row;
  while (next(rest, row)) {
    if (names.empty() || row.names != names) {
      scratch.clear();
      names = row.names;
      made = append_selecting(scratch, names, request, rules);
    }
    if (made && row.selecting == scratch) return row;
    // Section 4.1 allows a known mechanism to select: here, the one language that the request prefers to all others.
    if (rules.vary_by_content_language && !row.language.empty() && !by_language) {
      if (!looked_at_languages) wanted = preferred_language(request);
      looked_at_languages = true;
      if (!wanted.empty() && same_word(wanted, row.language)) by_language = row;
    }
  }
  return by_language;
}

bool add_variant(std::string& out, const std::optional<VariantList>& old, const Variant& added, const Rules& rules,
                 std::string_view& dropped) {
  dropped = {};
  if (added.names.empty() || added.names.size() > kMost16 || added.selecting.size() > rules.most_selecting_bytes ||
      added.selecting.size() > kMost16 || rules.most_variants == 0) {
    return false;
  }
  std::vector<Variant> rows;
  if (old) {
    old->each([&](const Variant& row) {
      if (row.selecting != added.selecting) rows.push_back(row);
    });
  }
  // Behind those that are younger; before those of the same second, because it came later.
  const auto place = std::find_if(rows.begin(), rows.end(), [&](const Variant& row) { return row.date <= added.date; });
  rows.insert(place, added);
  if (rows.size() > std::min(rules.most_variants, kMost16)) {
    // The oldest makes room, but never the one that has just come: its Date may be behind the others'.
    const auto last = rows.back().selecting == added.selecting ? rows.end() - 2 : rows.end() - 1;
    dropped = last->selecting;
    rows.erase(last);
    // A list that was written under more generous rules.
    while (rows.size() > std::min(rules.most_variants, kMost16)) rows.pop_back();
  }

  std::vector<std::string_view> sets;
  const auto set_of = [&](std::string_view names) {
    const auto at = std::find(sets.begin(), sets.end(), names);
    if (at == sets.end()) {
      sets.push_back(names);
      return sets.size() - 1;
    }
    return static_cast<std::size_t>(at - sets.begin());
  };
  for (const Variant& row : rows) set_of(row.names);
  put(out,
      Header{
          {'F', 'V'}, kVersion, 0, static_cast<std::uint16_t>(sets.size()), static_cast<std::uint16_t>(rows.size())});
  for (const std::string_view names : sets) {
    put(out, static_cast<std::uint16_t>(names.size()));
    out += names;
  }
  for (const Variant& row : rows) {
    const std::string_view language = row.language.size() > kMost16 ? std::string_view{} : row.language;
    put(out,
        RowHeader{row.date.time_since_epoch().count(), static_cast<std::uint16_t>(set_of(row.names)),
                  static_cast<std::uint16_t>(row.selecting.size()), static_cast<std::uint16_t>(language.size()), 0});
    out.append(row.selecting).append(language);
  }
  return true;
}

std::string_view sole_language(Fields response, std::string_view names) {
  if (names != "accept-language") return {};
  const auto language = find(response, "Content-Language");
  if (!language || count(response, "Content-Language") != 1) return {};
  const std::string_view text = trim(*language);
  return text.find(',') == std::string_view::npos ? text : std::string_view{};
}

}  // namespace freshet::http
