// The whole demo, over a package list of our own making: real processes, real HTTP, real kill -9.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <string>
#include <sys/wait.h>
#include <unistd.h>

namespace {

namespace fs = std::filesystem;

struct Ended {
  int code = -1;
  std::string out;
};

Ended run(const std::string& arguments) {
  Ended result;
  FILE* pipe = ::popen((std::string(FRESHET_DEMO) + ' ' + arguments).c_str(), "r");
  if (pipe == nullptr) return result;
  char buffer[4096];
  for (std::size_t got = 0; (got = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;) result.out.append(buffer, got);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) result.code = WEXITSTATUS(status);
  return result;
}

// A folder that goes when the test ends.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("freshet-demo-test-" + std::to_string(::getpid()))) {
    fs::create_directory(path_);
    fs::permissions(path_, fs::perms::owner_all);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const char* name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

constexpr int kPackages = 400;

// Package i needs packages i/2 and i/3: every package leads back to the first.
void write_packages(const std::string& file) {
  std::ofstream out(file);
  const char* const things[] = {"editor", "compiler", "library", "server", "viewer", "terminal", "database"};
  for (int i = 1; i <= kPackages; ++i) {
    const std::string thing = things[i % 7];
    out << "Package: " << thing << '-' << i << "++\nVersion: 1." << i << "-1\nArchitecture: all\nSection: tests\n"
        << "Maintainer: Nobody <nobody@example.org>\nInstalled-Size: " << i << '\n';
    if (i > 1) {
      out << "Depends: " << things[i / 2 % 7] << '-' << i / 2 << "++ (>= 1.0)";
      if (i > 2) out << ", nothing-virtual | " << things[i / 3 % 7] << '-' << i / 3 << "++:any";
      out << '\n';
    }
    out << "Description: small " << thing << " for tests, number " << i << "\n Long text about this " << thing
        << ".\n .\n With two parts.\n\n";
  }
}

TEST(Demo, EveryClaimHoldsFromImportToLockedDatabase) {
  const Folder folder;
  write_packages(folder / "Packages");
  const Ended demo = run("--once --quick --json --workers 3 --clients 16 --size 16MiB --data " + (folder / "data") +
                         " --packages " + (folder / "Packages"));
  const auto json = nlohmann::json::parse(demo.out, nullptr, false);
  ASSERT_FALSE(json.is_discarded()) << demo.out;
  EXPECT_EQ(json["packages"], kPackages);
  EXPECT_EQ(json["loads"].size(), 3u);
  EXPECT_EQ(json["loads"][0]["hit_ratio"], 0.0);
  EXPECT_EQ(json["loads"][0]["requests"], json["loads"][1]["requests"]);
  EXPECT_LT(json["loads"][1]["database_queries"], json["loads"][0]["database_queries"]);
  EXPECT_EQ(json["loads"][1]["most_loads_of_one_key"], 1);
  EXPECT_GT(json["loads"][1]["hit_ratio"], 0.5);

  const auto& found = json["findings"];
  for (const auto& [name, finding] : found.items()) {
    EXPECT_TRUE(finding["passed"]) << name << ": expected " << finding["expected"] << ", seen " << finding["seen"];
  }
  EXPECT_EQ(found["expiry_under_load"]["queries"], found["expiry_under_load"]["expiries"]);
  EXPECT_EQ(found["writes_show_at_once"]["stale_reads"], 0);
  EXPECT_GT(found["writes_show_at_once"]["reads"], 100);
  EXPECT_EQ(found["killed_worker"]["failed_elsewhere"], 0);
  EXPECT_LE(found["killed_loader"]["takeover_ms"], 1000);
  EXPECT_EQ(found["killed_loader"]["loads"], 2);
  EXPECT_EQ(found["locked_database"]["server_errors"], 0);
  EXPECT_GT(found["locked_database"]["stale_on_error"], 0);
  EXPECT_EQ(demo.code, 0);
}

TEST(Demo, WrongArgumentsAreNamedAndEndWithTwo) {
  for (const char* wrong :
       {"--workers 1", "--workers many", "--port 70000", "--clients", "--nonsense", "extra", "--json=1"}) {
    const Ended demo = run(std::string(wrong) + " 2>&1");
    EXPECT_EQ(demo.code, 2) << wrong;
    EXPECT_NE(demo.out.find("--help"), std::string::npos) << wrong << ": " << demo.out;
  }
}

TEST(Demo, WhatIsMissingIsSaidWithTheMend) {
  const Folder folder;
  const Ended no_file = run("--once --data " + (folder / "data") + " --packages /nowhere/Packages 2>&1");
  EXPECT_EQ(no_file.code, 1);
  EXPECT_NE(no_file.out.find("--packages"), std::string::npos) << no_file.out;
  std::ofstream(folder / "Empty") << "\n";
  const Ended no_packages = run("--once --data " + (folder / "data") + " --packages " + (folder / "Empty") + " 2>&1");
  EXPECT_EQ(no_packages.code, 1);
  EXPECT_NE(no_packages.out.find("no package"), std::string::npos) << no_packages.out;
}

TEST(Demo, HelpNamesEveryOption) {
  const Ended help = run("--help");
  EXPECT_EQ(help.code, 0);
  for (const char* option :
       {"--once", "--json", "--quick", "--workers", "--clients", "--port", "--size", "--packages", "--data"}) {
    EXPECT_NE(help.out.find(option), std::string::npos) << option;
  }
}

}  // namespace
