#include "exchange/surrogate_keys.h"

#include <algorithm>

namespace freshet::exchange {
namespace {

bool is_separated_by_spaces(std::string_view name) noexcept {
  return http::same_word(name, "Surrogate-Key") || http::same_word(name, "xkey");
}

}  // namespace

bool is_surrogate_key_field(std::string_view name) noexcept {
  return is_separated_by_spaces(name) || http::same_word(name, "Cache-Tag");
}

void append_surrogate_keys(std::vector<std::string>& tags, http::Fields fields) {
  for (const http::Field& field : fields) {
    if (!is_surrogate_key_field(field.name)) continue;
    const char separator = is_separated_by_spaces(field.name) ? ' ' : ',';
    std::string_view rest = field.value;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find(separator), rest.size());
      const std::string_view tag = http::trim(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (!tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end()) tags.emplace_back(tag);
    }
  }
}

}  // namespace freshet::exchange
