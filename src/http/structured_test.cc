#include "http/structured.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

using Type = StructuredItem::Type;

// "key:type" of all members, or "invalid".
std::string dictionary(const std::string& lines) {
  static constexpr std::string_view names[] = {"bool",  "int",  "dec",     "str", "token",
                                               "bytes", "date", "display", "list"};
  std::string out;
  const bool good = each_dictionary_member(Lines(lines), "D", [&](const DictionaryMember& member) {
    out.append(member.key).append(":").append(names[static_cast<std::size_t>(member.value.type)]);
    if (member.value.type == Type::integer) out.append("=").append(std::to_string(member.value.integer));
    if (member.value.type == Type::boolean) out.append(member.value.boolean ? "=1" : "=0");
    if (member.value.type == Type::string) out.append("=").append(member.value.text);
    out += ' ';
  });
  return good ? out : "invalid";
}

TEST(StructuredDictionary, FollowsTheTable) {
  struct Row {
    const char* line;
    const char* members;
  };
  const Row rows[] = {
      {"", ""},
      {"max-age=10", "max-age:int=10 "},
      {"  max-age=10 , no-store", "max-age:int=10 no-store:bool=1 "},
      {"a=-5", "a:int=-5 "},
      {"a=999999999999999", "a:int=999999999999999 "},
      {"a=9999999999999999", "invalid"},
      {"a=1.5", "a:dec "},
      {"a=1.", "invalid"},
      {"a=1.1234", "invalid"},
      {"a=1234567890123.1", "invalid"},
      {"a=-", "invalid"},
      {"a=--1", "invalid"},
      {"a=\"x, y\"", "a:str=x, y "},
      {"a=\"x\\\"y\"", "a:str=x\\\"y "},
      {"a=\"x\\y\"", "invalid"},
      {"a=\"x", "invalid"},
      {"a=\"\x80\"", "invalid"},
      {"a=tok/en:x", "a:token "},
      {"a=*t", "a:token "},
      {"a=?0, b=?1", "a:bool=0 b:bool=1 "},
      {"a=?2", "invalid"},
      {"a=:aGVsbG8=:", "a:bytes "},
      {"a=:aGVs", "invalid"},
      {"a=@1659578233", "a:date "},
      {"a=@1.5", "invalid"},
      {"a=@", "invalid"},
      {"a=-", "invalid"},
      {"a=%", "invalid"},
      {"a=?", "invalid"},
      {"a=:", "invalid"},
      {"a=\"", "invalid"},
      {"a=(", "invalid"},
      {"a;", "invalid"},
      {"a=%\"f%c3%bc\"", "a:display "},
      {"a=%\"f%C3\"", "invalid"},
      {"a=(1 \"b\" c;p=1);q", "a:list "},
      {"a=()", "a:list "},
      {"a=(1", "invalid"},
      {"a=(1,2)", "invalid"},
      {"a;p;q=1, b;r=\"x\"", "a:bool=1 b:bool=1 "},
      {"a=1; p=2", "a:int=1 "},
      {"a=1;P", "invalid"},
      {"a=1 ;p", "invalid"},
      // Strict where Cache-Control is not.
      {"MaX-aGe=3600", "invalid"},
      {"max-age =100", "invalid"},
      {"max-age= 100", "invalid"},
      {"max-age=10000, &&&&&", "invalid"},
      {"a,", "invalid"},
      {"a,,b", "invalid"},
      {",a", "invalid"},
      {"a b", "invalid"},
      {"a=1\x01", "invalid"},
      {"a=", "invalid"},
      {"=1", "invalid"},
  };
  for (const Row& row : rows) EXPECT_EQ(dictionary("D: " + std::string(row.line)), row.members) << row.line;
}

TEST(StructuredDictionary, ContinuesOnTheNextLineAndLetsTheLastOfAKeyWin) {
  EXPECT_EQ(dictionary("D: a=1\nD: b\nX: y\nD: a=2"), "a:int=1 b:bool=1 a:int=2 ");
  EXPECT_EQ(dictionary("D: a=1\nD: &"), "invalid");
}

TEST(StructuredDictionary, ThatIsBrokenBreaksWhateverFollows) {
  DictionaryReader reader("a, &, b");
  DictionaryMember member;
  EXPECT_TRUE(reader.next(member));
  EXPECT_FALSE(reader.next(member));
  EXPECT_TRUE(reader.failed());
  EXPECT_FALSE(reader.next(member));
}

TEST(StructuredText, IsWrittenSoThatNothingEscapesFromIt) {
  std::string out;
  append_structured_token_or_string(out, "example.org:80/x");
  out += ' ';
  append_structured_token_or_string(out, "two words");
  out += ' ';
  append_structured_token_or_string(out, "");
  out += ' ';
  append_structured_string(out, "a\"b\\c\r\nSet-Cookie: \x80");
  EXPECT_EQ(out, "example.org:80/x \"two words\" \"\" \"a\\\"b\\\\c??Set-Cookie: ?\"");
}

}  // namespace
}  // namespace freshet::http
