// How the kinds of reasons are headed in tables, and in which order they come.
#pragma once

#include <freshet/reason.h>

#include <array>
#include <string_view>

namespace freshet::tools {

struct KindTitle {
  ReasonKind kind;
  std::string_view title;
};

inline constexpr std::array<KindTitle, 7> kKindTitles = {{{ReasonKind::hit, "hits"},
                                                          {ReasonKind::miss, "misses"},
                                                          {ReasonKind::load, "loads"},
                                                          {ReasonKind::store, "stores"},
                                                          {ReasonKind::refuse, "refusals"},
                                                          {ReasonKind::remove, "removals"},
                                                          {ReasonKind::trouble, "troubles"}}};

}  // namespace freshet::tools
