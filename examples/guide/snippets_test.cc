#include "snippets.h"

#include <fstream>
#include <gtest/gtest.h>
#include <string_view>
#include <unistd.h>

namespace guide {
namespace {

namespace fs = std::filesystem;

// A tree with one program, for documents to be compared with.
class Snippets : public testing::Test {
 protected:
  Snippets() {
    fs::create_directories(root_);
    write("a.cc",
          "int main() {\n  // [snippet one]\n  if (true) {\n    run();\n  }\n\n  stop();\n  // [/snippet]\n}\n");
  }
  ~Snippets() override { fs::remove_all(root_); }

  void write(const char* name, std::string_view text) { std::ofstream(root_ / name) << text; }
  std::vector<std::string> complaints(std::string_view document) {
    write("page.md", document);
    return compare(root_, root_ / "page.md");
  }

  fs::path root_ = fs::temp_directory_path() / ("freshet-snippets-" + std::to_string(getpid()));
};

TEST_F(Snippets, TheSameCodeIsTheSameAtAnyIndentation) {
  EXPECT_EQ(complaints("Text\n\n<!-- from a.cc: one -->\n```cpp\nif (true) {\n  run();\n}\n\nstop();\n```\n"),
            std::vector<std::string>{});
}

TEST_F(Snippets, BlocksOfOtherLanguagesAreFree) {
  EXPECT_EQ(complaints("```sh\nfreshet stats\n```\n\n```\nanything\n```\n"), std::vector<std::string>{});
}

TEST_F(Snippets, EachWayOfGoingWrongIsAComplaint) {
  const std::pair<const char*, const char*> rows[] = {
      {"<!-- from a.cc: one -->\n```cpp\nif (true) {\n  run();\n}\nstop();\n```\n", "differs"},
      {"```cpp\nint x;\n```\n", "says not where"},
      {"<!-- from a.cc: one -->\nText in between.\n```cpp\nint x;\n```\n", "says not where"},
      {"<!-- from a.cc: two -->\n```cpp\nint x;\n```\n", "has no snippet two"},
      {"<!-- from b.cc: one -->\n```cpp\nint x;\n```\n", "there is no b.cc"},
  };
  for (const auto& [document, what] : rows) {
    const std::vector<std::string> said = complaints(document);
    ASSERT_EQ(said.size(), 1U) << document;
    EXPECT_NE(said[0].find(what), std::string::npos) << said[0];
  }
}

TEST_F(Snippets, ASnippetEndsAndHasANameOfItsOwn) {
  write("b.cc", "// [snippet one]\n// [/snippet]\n// [snippet one]\n// [/snippet]\n// [snippet two]\n");
  std::vector<std::string> said;
  snippets_of(root_ / "b.cc", said);
  EXPECT_EQ(said.size(), 2U);
}

#ifdef FRESHET_SOURCE_DIR
TEST(Documents, ShowTheCodeOfTheProgramsThatTheTestsRun) {
  const fs::path root = FRESHET_SOURCE_DIR;
  std::vector<fs::path> documents = {root / "README.md", root / "ARCHITECTURE.md", root / "docs/seven-mistakes.md"};
  for (const auto& entry : fs::directory_iterator(root / "docs/guides")) {
    if (entry.path().extension() == ".md") documents.push_back(entry.path());
  }
  EXPECT_GE(documents.size(), 10U);
  for (const fs::path& document : documents) {
    for (const std::string& complaint : compare(root, document)) ADD_FAILURE() << complaint;
  }
}
#endif

}  // namespace
}  // namespace guide
