#include <freshet/fields.h>

#include <array>
#include <functional>
#include <gtest/gtest.h>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

namespace freshet {
namespace {

struct Empty {};
struct One {
  int a;
};
struct Arrays {
  int a[3];
  char b[4096];
  double c[2][3];
  std::string d;
};
struct Nested {
  One one;
  Empty empty;
  Arrays arrays[2];
  std::array<int, 3> array;
};
struct Recursive {
  std::vector<std::unique_ptr<Recursive>> children;
};
struct Greedy {  // types that take anything to construct
  std::optional<int> a;
  std::optional<std::string> b;
  std::variant<int, std::string> c;
  std::tuple<int> d;
  std::function<void()> e;
  std::map<int, One> f;
  const int g = 3;
};
struct ThirtyTwo {
  int a0, a1, a2, a3, a4, a5, a6, a7, b0, b1, b2, b3, b4, b5, b6, b7;
  int c0, c1, c2, c3, c4, c5, c6, c7, d0, d1, d2, d3, d4, d5, d6, d7;
};

static_assert(field_count<Empty>() == 0);
static_assert(field_count<One>() == 1);
static_assert(field_count<Arrays>() == 4);
static_assert(field_count<Nested>() == 4);
static_assert(field_count<Recursive>() == 1);
static_assert(field_count<Greedy>() == 7);
static_assert(field_count<ThirtyTwo>() == 32);
static_assert(!PlainStruct<std::string> && !PlainStruct<int> && !PlainStruct<int[2]>);

TEST(Fields, AreVisitedInOrderAndByReference) {
  ThirtyTwo value{};
  with_fields(value, [](auto&... field) {
    int number = 0;
    ((field = ++number), ...);
  });
  EXPECT_EQ(value.a0, 1);
  EXPECT_EQ(value.b7, 16);
  EXPECT_EQ(value.d7, 32);
}

TEST(Fields, OfAConstantAreConstant) {
  const One one{7};
  EXPECT_EQ(with_fields(one, [](const int& a) { return a; }), 7);
}

}  // namespace
}  // namespace freshet
