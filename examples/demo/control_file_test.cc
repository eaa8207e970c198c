#include "control_file.h"

#include <gtest/gtest.h>
#include <sstream>

namespace demo {
namespace {

std::vector<Stanza> read(const std::string& text) {
  std::istringstream in(text);
  std::vector<Stanza> stanzas;
  read_control_file(in, [&](const Stanza& stanza) { stanzas.push_back(stanza); });
  return stanzas;
}

TEST(ControlFile, StanzasEndAtEmptyLinesHoweverMany) {
  const auto stanzas = read("\n\nPackage: a\n\n \n\nPackage: b\nVersion: 1\n");
  ASSERT_EQ(stanzas.size(), 2u);
  EXPECT_EQ(stanzas[0]["Package"], "a");
  EXPECT_EQ(stanzas[1]["Version"], "1");
}

TEST(ControlFile, FieldNamesHaveNoCaseAndMayBeAbsent) {
  const auto stanzas = read("package: a\n");
  ASSERT_EQ(stanzas.size(), 1u);
  EXPECT_EQ(stanzas[0]["Package"], "a");
  EXPECT_EQ(stanzas[0]["Depends"], "");
}

TEST(ControlFile, ContinuationLinesBelongToTheFieldAboveThem) {
  const auto stanzas = read("Description: short\n long text\n .\n  indented\nSection: net\r\n");
  ASSERT_EQ(stanzas.size(), 1u);
  EXPECT_EQ(stanzas[0]["Description"], "short\nlong text\n.\n indented");
  EXPECT_EQ(stanzas[0]["Section"], "net");
}

TEST(ControlFile, CommentsAndLinesWithoutAFieldArePassedOver) {
  const auto stanzas = read(" lost continuation\n# comment\nnonsense\nPackage: a\n# Package: b\nVersion: 2:1.0\n");
  ASSERT_EQ(stanzas.size(), 1u);
  EXPECT_EQ(stanzas[0]["Package"], "a");
  EXPECT_EQ(stanzas[0]["Version"], "2:1.0");
}

TEST(ControlFile, EmptyInputHasNoStanza) { EXPECT_TRUE(read("").empty()); }

TEST(ControlFile, AnEmptyLineOfADescriptionIsADot) { EXPECT_EQ(plain_description("one\n.\ntwo"), "one\n\ntwo"); }

TEST(Dependencies, EachClauseHasItsAlternatives) {
  const auto clauses = parse_dependencies("libc6 (>= 2.36), default-mta | mail-transport-agent");
  ASSERT_EQ(clauses.size(), 2u);
  ASSERT_EQ(clauses[0].size(), 1u);
  EXPECT_EQ(clauses[0][0].name, "libc6");
  EXPECT_EQ(clauses[0][0].relation, ">=");
  EXPECT_EQ(clauses[0][0].version, "2.36");
  ASSERT_EQ(clauses[1].size(), 2u);
  EXPECT_EQ(clauses[1][0].name, "default-mta");
  EXPECT_EQ(clauses[1][1].name, "mail-transport-agent");
  EXPECT_EQ(clauses[1][1].relation, "");
}

TEST(Dependencies, ArchitectureQualifiersAreNotPartOfTheName) {
  const auto clauses = parse_dependencies("python3:any (<< 3.12), libfoo:amd64(=1:2-3)");
  ASSERT_EQ(clauses.size(), 2u);
  EXPECT_EQ(clauses[0][0].name, "python3");
  EXPECT_EQ(clauses[0][0].qualifier, "any");
  EXPECT_EQ(clauses[0][0].relation, "<<");
  EXPECT_EQ(clauses[1][0].name, "libfoo");
  EXPECT_EQ(clauses[1][0].qualifier, "amd64");
  EXPECT_EQ(clauses[1][0].version, "1:2-3");
}

TEST(Dependencies, RestrictionsAreIgnored) {
  const auto clauses = parse_dependencies("gcc [amd64 i386] <!nocheck>, make (>= 4) [linux-any]");
  ASSERT_EQ(clauses.size(), 2u);
  EXPECT_EQ(clauses[0][0].name, "gcc");
  EXPECT_EQ(clauses[0][0].relation, "");
  EXPECT_EQ(clauses[1][0].name, "make");
  EXPECT_EQ(clauses[1][0].version, "4");
}

TEST(Dependencies, EmptyClausesAndBrokenOnesDoNoHarm) {
  EXPECT_TRUE(parse_dependencies("").empty());
  EXPECT_TRUE(parse_dependencies(" , ,|").empty());
  const auto clauses = parse_dependencies("a,, b | , c (>=");
  ASSERT_EQ(clauses.size(), 3u);
  EXPECT_EQ(clauses[1].size(), 1u);
  EXPECT_EQ(clauses[2][0].name, "c");
}

}  // namespace
}  // namespace demo
