#include "http/vary.h"

#include "http/sample_messages.h"

namespace freshet::http {
namespace {

std::string names(const std::string& lines, const Rules& rules = {}) {
  return vary_names(Lines(lines), rules).value_or("matches nothing");
}

TEST(VaryNames, FollowTheTable) {
  struct Row {
    const char* lines;
    const char* names;
  };
  const Row rows[] = {
      {"", ""},
      {"Vary: Foo", "foo"},
      {"Vary: Foo, bar\nVARY: BAZ, foo", "bar,baz,foo"},
      {"Vary: , ,", ""},
      {"Vary: *", "matches nothing"},
      {"Vary: *, *", "matches nothing"},
      {"Vary: , *", "matches nothing"},
      {"Vary: \nVary: *", "matches nothing"},
      {"Vary: *, Foo", "matches nothing"},
      {"Vary: Foo, *", "matches nothing"},
      {"Vary: Foo\nVary: *", "matches nothing"},
      {"Vary: a b", "matches nothing"},
      {"Vary: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p", "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p"},
      {"Vary: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "matches nothing"},
  };
  for (const Row& row : rows) EXPECT_EQ(names(row.lines), row.names) << row.lines;
}

std::string selecting(std::string_view names, const std::string& request, const Rules& rules) {
  std::string out;
  return append_selecting(out, names, Lines(request), rules) ? out : "too long";
}

TEST(Selecting, FollowsTheTable) {
  struct Row {
    const char* names;
    const char* one;
    const char* other;
    bool rfc;   // they match by the rules of the RFC profile
    bool safe;  // and by the default ones
  };
  const Row rows[] = {
      {"foo", "Foo: 1", "fOO: 1", true, true},
      {"foo", "Foo: 1", "Foo: 2", false, false},
      {"foo", "Foo: 1", "", false, false},
      {"foo", "", "", true, true},
      {"foo", "Foo:", "", false, false},
      {"foo", "Foo: 1\nOther: 2", "Foo: 1\nOther: 3", true, true},
      {"bar,baz,foo", "Foo: 1\nBaz: 789", "Baz: 789\nFoo: 1", true, true},
      {"bar,baz,foo", "Foo: 1\nBar: abc\nBaz: 789", "Foo: 1\nBaz: 789\nBar: abcde", false, false},
      {"bar,foo", "Foo: 1", "Bar: 1", false, false},
      // Section 4.1: combining lines.
      {"foo", "Foo: 1, 2", "Foo: 1\nFoo: 2", true, true},
      // Whitespace, where the syntax allows it: of what nobody knows, by the RFC profile only.
      {"foo", "Foo: 1,2", "Foo:  1, 2 ", true, false},
      {"foo", "Foo: a b", "Foo: ab", false, false},
      {"foo", "Foo: 1,2", "Foo: 2,1", false, false},
      {"foo", "Foo: A", "Foo: a", false, false},
      // Content negotiation: case, order, space and the spelling of weights mean nothing.
      {"accept-language", "Accept-Language: en, de", "Accept-Language: de, en", true, true},
      {"accept-language", "Accept-Language: en, de", "Accept-Language: eN, De", true, true},
      {"accept-language", "Accept-Language: en, de", "Accept-Language:  en ,   de", true, true},
      {"accept-language", "Accept-Language: en\nAccept-Language: de", "Accept-Language: de,en", true, true},
      {"accept-language", "Accept-Language: en;q=0.5", "Accept-Language: en ; q=0.50", true, true},
      {"accept-language", "Accept-Language: en;q=1", "Accept-Language: en", true, true},
      {"accept-language", "Accept-Language: en;Q=1.000", "Accept-Language: en", true, true},
      {"accept-language", "Accept-Language: en;q=0.5", "Accept-Language: en", false, false},
      {"accept-language", "Accept-Language: en;q=0.5, de", "Accept-Language: en, de;q=0.5", false, false},
      {"accept-language", "Accept-Language: en", "Accept-Language: en-GB", false, false},
      {"accept-encoding", "Accept-Encoding: gzip, br", "Accept-Encoding: br,GZIP", true, true},
      {"accept-encoding", "Accept-Encoding: gzip", "Accept-Encoding: gzip;q=0", false, false},
      // What is not understood is compared as it is.
      {"accept-language", "Accept-Language: en;q=2", "Accept-Language: en;q=2", true, true},
      {"accept-language", "Accept-Language: en;q=2", "Accept-Language: en", false, false},
      {"accept-language", "Accept-Language: en;050", "Accept-Language: en;q=0.05", false, false},
      {"accept-language", "Accept-Language: en;q=0.5x", "Accept-Language: en;q=0.5", false, false},
      {"accept", "Accept: text/html, */*;q=0.1", "Accept: text/html,*/*;q=0.1", true, true},
      {"accept", "Accept: text/html;x=A", "Accept: text/html;x=a", false, false},
      {"cookie", "Cookie: a=1; b=2", "Cookie: b=2; a=1", false, false},
  };
  for (const Row& row : rows) {
    const auto match = [&](const Rules& rules) {
      return selecting(row.names, row.one, rules) == selecting(row.names, row.other, rules);
    };
    EXPECT_EQ(match(Rules::rfc()), row.rfc) << "rfc: " << row.one << " | " << row.other;
    EXPECT_EQ(match(Rules::safe()), row.safe) << "safe: " << row.one << " | " << row.other;
  }
}

TEST(Selecting, HasAnEnd) {
  const std::string cookie = "Cookie: " + std::string(3000, 'x');
  EXPECT_EQ(selecting("cookie", cookie, {}), "too long");
  std::string out = "before";
  EXPECT_FALSE(append_selecting(out, "a,cookie", Lines(cookie), {}));
  EXPECT_EQ(out, "before");
  std::string many = "Accept-Language: a0";
  for (int i = 1; i < 40; ++i) many += ",a" + std::to_string(i);
  EXPECT_NE(selecting("accept-language", many, {}), "too long") << "more members than are sorted";
}

TEST(PreferredLanguage, IsTheOnlyOneOfTheGreatestWeight) {
  struct Row {
    const char* lines;
    const char* language;
  };
  const Row rows[] = {
      {"Accept-Language: fr;q=0.5, de;q=1.0", "de"},
      {"Accept-Language: de", "de"},
      {"Accept-Language: de\nAccept-Language: fr;q=0.9", "de"},
      {"Accept-Language: de, fr", ""},
      {"Accept-Language: de;q=0", ""},
      {"Accept-Language: fr;q=x, de;q=0.5", "de"},
      {"", ""},
  };
  for (const Row& row : rows) EXPECT_EQ(preferred_language(Lines(row.lines)), row.language) << row.lines;
}

}  // namespace
}  // namespace freshet::http
