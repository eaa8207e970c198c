// Each case below cases/ as a test of its own, in memory, once in each profile that it is for:
// conformance.fresh.max_age_rfc.
#include "tests/conformance/memory_subject.h"
#include "tests/conformance/wrong_caches.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace freshet::conformance {
namespace {

const std::filesystem::path kFolder = FRESHET_SOURCE_DIR "/tests/conformance/cases";

// A file that cannot be read is a test that fails with what is wrong with it.
class Readable : public ::testing::Test {
 public:
  explicit Readable(std::filesystem::path file) : file_(std::move(file)) {}
  void TestBody() override {
    try {
      (void)read_case(kFolder, file_);
    } catch (const CaseError& error) {
      FAIL() << error.what();
    }
  }

 private:
  const std::filesystem::path file_;
};

class Passed : public ::testing::Test {
 public:
  Passed(Case one, Profile profile) : case_(std::move(one)), profile_(profile) {}
  void TestBody() override {
    MemorySubject subject(profile_ == Profile::rfc ? http::Rules::rfc() : http::Rules::safe());
    for (const std::string& complaint : run_case(case_, subject)) ADD_FAILURE() << complaint;
    if (HasFailure()) std::printf("%s (%s)\n", case_.property.c_str(), case_.section.c_str());
  }

 private:
  const Case case_;
  const Profile profile_;
};

template <class Make>
void enroll(const std::string& suite, const std::string& test, Make make) {
  ::testing::RegisterTest(suite.c_str(), test.c_str(), nullptr, nullptr, __FILE__, __LINE__,
                          [make]() -> ::testing::Test* { return make(); });
}

// Names of tests are those of identifiers.
std::string word(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return text;
}

int enroll_all() {
  int count = 0;
  for (const auto& file : case_files(kFolder)) {
    const std::string suite = word(file.parent_path().filename().string());
    const std::string test = word(file.stem().string());
    try {
      const Case one = read_case(kFolder, file);
      for (const Profile profile : {Profile::rfc, Profile::safe}) {
        if (!one.is_in(profile) || one.place == Place::sockets) continue;
        enroll(suite, test + "_" + std::string(name(profile)), [one, profile] { return new Passed(one, profile); });
        ++count;
      }
    } catch (const CaseError&) {
      enroll(suite, test, [file] { return new Readable(file); });
    }
  }
  return count;
}

// RegisterTest() has to be called before main().
const int kEnrolled = enroll_all();

TEST(Cases, AreThere) { EXPECT_GT(kEnrolled, 200); }

// Those over sockets too: what a wrong cache does in memory, it would do over sockets.
TEST(Cases, EachFailsOnACacheThatIsWrong) {
  using Kind = WrongCache::Kind;
  for (const auto& file : case_files(kFolder)) {
    const Case one = read_case(kFolder, file);
    bool fails = false;
    for (const Kind kind : {Kind::none, Kind::greedy, Kind::deaf, Kind::withholds}) {
      WrongCache wrong(kind);
      fails = fails || !run_case(one, wrong).empty();
    }
    EXPECT_TRUE(fails) << one.path << " is passed by each of the wrong caches";
  }
}

// Each stricter rule has a case that the RFC's profile fails: else it would not show the rule.
TEST(Cases, OfKindSafeFailInTheRfcProfile) {
  for (const auto& file : case_files(kFolder)) {
    const Case one = read_case(kFolder, file);
    if (one.kind != conformance::Kind::safe || one.place == Place::sockets) continue;
    MemorySubject subject(http::Rules::rfc());
    EXPECT_FALSE(run_case(one, subject).empty()) << one.path << " is passed in the profile rfc as well: say 'both'";
  }
}

}  // namespace
}  // namespace freshet::conformance
