// The table of reasons: one row per word, made from the list in the header.
#include <freshet/reason.h>

namespace freshet {
namespace {

struct Row {
  std::string_view name;
  ReasonKind kind;
  std::string_view meaning;
};

constexpr Row kRows[] = {
#define FRESHET_REASON_ROW(name, kind, meaning) {#name, ReasonKind::kind, meaning},
    FRESHET_REASONS(FRESHET_REASON_ROW)
#undef FRESHET_REASON_ROW
};
static_assert(std::size(kRows) == kReasonCount);

const Row& row(Reason reason) noexcept { return kRows[static_cast<std::size_t>(reason) % kReasonCount]; }

}  // namespace

ReasonKind kind(Reason reason) noexcept { return row(reason).kind; }
std::string_view name(Reason reason) noexcept { return row(reason).name; }
std::string_view meaning(Reason reason) noexcept { return row(reason).meaning; }

}  // namespace freshet
