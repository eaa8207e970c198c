#include "segment/placement.h"

#include <freshet/error.h>

#include <algorithm>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace freshet::segment {
namespace {

std::string problem(const std::string& url) {
  try {
    parse_placement(url);
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

constexpr const char* kForms = "expected memory:?size=256MiB, shared:NAME?size=1GiB or file:/path?size=10GiB";

struct Wrong {
  std::string url;
  std::string message;
};

TEST(Placement, EveryWrongUrlHasItsMessage) {
  const std::string long_name(201, 'n');
  const std::vector<Wrong> table = {
      {"", std::string("no scheme; ") + kForms},
      {"memory", std::string("no scheme; ") + kForms},
      {"redis://host", std::string("unknown scheme \"redis\"; ") + kForms},
      {"Memory:", std::string("unknown scheme \"Memory\"; ") + kForms},
      {"memory:app", "memory: takes no name; for a named segment write shared:app"},
      {"shared:", "shared: needs a name; write shared:myapp?size=1GiB"},
      {"shared:?size=1GiB", "shared: needs a name; write shared:myapp?size=1GiB"},
      {"shared:a/b", "the name may hold letters, digits, '-', '_' and '.' only; it holds '/'"},
      {"shared:" + long_name, "the name is longer than 200 characters"},
      {"file:", "file: needs an absolute path; write file:/var/cache/app.freshet"},
      {"file:relative", "file: needs an absolute path; write file:/var/cache/app.freshet"},
      {"file:/", "file: needs an absolute path; write file:/var/cache/app.freshet"},
      {std::string("file:/a\0b", 9), "the path holds a NUL byte"},
      {"memory:?size", "\"size\" is not of the form name=value"},
      {"memory:?size=1MiB&", ""},
      {"memory:?&size=1MiB", "\"\" is not of the form name=value"},
      {"memory:?size=", "size: \"\" is not a size; write 256MiB, 1GiB or a number of bytes"},
      {"memory:?size=big", "size: \"big\" is not a size; write 256MiB, 1GiB or a number of bytes"},
      {"memory:?size=-1MiB", "size: \"-1MiB\" is not a size; write 256MiB, 1GiB or a number of bytes"},
      {"memory:?size=nan", "size: \"nan\" is not a size; write 256MiB, 1GiB or a number of bytes"},
      {"memory:?size=inf", "size: \"inf\" is not a size; write 256MiB, 1GiB or a number of bytes"},
      {"memory:?size=1XiB", "size: \"1XiB\" is not a size; write 256MiB, 1GiB or a number of bytes"},
      {"memory:?size=1023KiB", "size=1023KiB is out of range; a segment is 1MiB to 1TiB"},
      {"memory:?size=2TiB", "size=2TiB is out of range; a segment is 1MiB to 1TiB"},
      {"memory:?mode=0600", "memory: is private to this process; it takes no mode"},
      {"memory:?group=www", "memory: is private to this process; it takes no group"},
      {"memory:?ttl=5", "unknown parameter \"ttl\"; known are size, mode and group"},
      {"shared:a?mode=rw", "mode=rw is not an octal file mode; write mode=0600 or mode=0660"},
      {"shared:a?mode=0800", "mode=0800 is not an octal file mode; write mode=0600 or mode=0660"},
      {"shared:a?mode=1777", "mode=1777 is not an octal file mode; write mode=0600 or mode=0660"},
      {"shared:a?mode=0460", "mode=0460 shuts out the owner; it needs at least 0600"},
      {"shared:a?mode=0666", "mode=0666 would open the cache to every user of the machine; use mode=0660&group=NAME"},
      {"shared:a?group=", "group= needs a group's name or number"},
      {"shared:a?group=www", "group=www has no effect with this mode; add mode=0660"}};
  for (const Wrong& wrong : table) {
    std::string shown = wrong.url;
    std::replace(shown.begin(), shown.end(), '\0', '?');
    const std::string expected = wrong.message.empty() ? "" : "cache URL \"" + shown + "\": " + wrong.message;
    EXPECT_EQ(problem(wrong.url), expected);
  }
}

TEST(Placement, ReadsTheThreeKinds) {
  const Placement memory = parse_placement("memory:");
  EXPECT_EQ(memory.kind, PlacementKind::memory);
  EXPECT_EQ(memory.size_bytes, kDefaultSizeBytes);
  const Placement shared = parse_placement("shared:my-app_1.x?size=1.5GiB&mode=0660&group=www");
  EXPECT_EQ(shared.path, "/dev/shm/freshet.my-app_1.x");
  EXPECT_EQ(shared.size_bytes, 3ULL << 29);
  EXPECT_EQ(shared.mode, 0660U);
  EXPECT_EQ(shared.group, "www");
  const Placement file = parse_placement("file:/var/cache/a b");
  EXPECT_EQ(file.path, "/var/cache/a b");
  EXPECT_EQ(file.size_bytes, 0U);
  EXPECT_EQ(file.mode, 0600U);
}

TEST(Placement, SizesInEveryUnit) {
  EXPECT_EQ(parse_size("1048576"), 1U << 20);
  EXPECT_EQ(parse_size("64K"), 65536U);
  EXPECT_EQ(parse_size("64KB"), 64000U);
  EXPECT_EQ(parse_size("2 MiB"), 2U << 20);
  EXPECT_EQ(parse_size("1TB"), 1'000'000'000'000U);
  EXPECT_EQ(format_size(1536ULL << 20), "1.5 GiB");
  EXPECT_EQ(format_size(1000), "1000 B");
}

}  // namespace
}  // namespace freshet::segment
