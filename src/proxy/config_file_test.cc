// Proxy settings from a file: what is taken, and how mistakes are told.
#include <freshet/error.h>
#include <freshet/proxy.h>

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <unistd.h>

namespace freshet {
namespace {

using std::chrono::milliseconds;

class ProxyFile : public ::testing::Test {
 protected:
  ~ProxyFile() override {
    ::unlink(path.c_str());
    ::unlink(token.c_str());
  }
  ProxyOptions read(const std::string& text) {
    std::ofstream(path) << text;
    return read_proxy_options(path);
  }
  // What is said of a file that is wrong, without its name before each line.
  std::string complaint(const std::string& text) {
    try {
      read(text);
    } catch (const ConfigError& error) {
      std::string said = error.what();
      for (std::size_t at = 0; (at = said.find(path + ":")) != std::string::npos;) said.erase(at, path.size() + 1);
      return said;
    }
    return "nothing";
  }

  std::string path = std::string(::testing::TempDir()) + "proxy-" + std::to_string(::getpid()) + ".toml";
  std::string token = path + ".token";
};

TEST_F(ProxyFile, SetsWhatItNamesAndLeavesTheRest) {
  const ProxyOptions options = read(R"(
origin = "http://127.0.0.1:5000"
listen = "[::1]:80"
store = "shared:site?size=4GiB"   # a comment
profile = "rfc"
threads = 3
access_log = "-"
[timeouts]
connect = "250ms"
client_idle = "1m30s"
[admin]
listen = "unix:/run/x.sock"
)");
  EXPECT_EQ(options.origin, "http://127.0.0.1:5000");
  EXPECT_EQ(options.listen, "[::1]:80");
  EXPECT_EQ(options.store, "shared:site?size=4GiB");
  EXPECT_EQ(options.profile, "rfc");
  EXPECT_EQ(options.threads, 3u);
  EXPECT_EQ(options.access_log, "-");
  EXPECT_EQ(options.admin, "unix:/run/x.sock");
  EXPECT_EQ(options.timeouts.connect, milliseconds(250));
  EXPECT_EQ(options.timeouts.client_idle, milliseconds(90'000));
  EXPECT_EQ(options.timeouts.collapse, ProxyTimeouts().collapse);
}

TEST_F(ProxyFile, TakesTheTokenFromItsOwnFile) {
  std::ofstream(token) << "0123456789abcdef\nmore\n";
  EXPECT_EQ(read("origin = \"http://a\"\n[admin]\ntoken_file = \"" + token + "\"\n").admin_token, "0123456789abcdef");
  ::unlink(token.c_str());
  EXPECT_NE(complaint("origin = \"http://a\"\n[admin]\ntoken_file = \"" + token + "\"\n").find(token),
            std::string::npos);
}

TEST_F(ProxyFile, TellsEachMistakeWithItsLine) {
  struct Case {
    const char* text;
    const char* said;
  };
  const Case cases[] = {
      {"", "1: origin is missing"},
      {"origin = 5", "1: origin takes a text, in quotation marks"},
      {"origin = \"http://a\"\noriginn = \"x\"", "2: originn is no setting; there are access_log, listen, origin"},
      {"origin = \"http://a\"\nthreads = -1", "2: threads takes a number from 0 to 1024"},
      {"origin = \"http://a\"\nthreads = \"2\"", "2: threads takes a number"},
      {"origin = \"http://a\"\n[timeouts]\nconect = \"1s\"", "3: timeouts.conect is no setting; there are client_idle"},
      {"origin = \"http://a\"\n[timeouts]\nconnect = \"soon\"", "3: timeouts.connect: duration \"soon\""},
      {"origin = \"http://a\"\n[timeouts]\nconnect = \"0s\"", "3: timeouts.connect may be 1ms to 1d"},
      {"origin = \"http://a\"\n[timeouts]\nconnect = 1", "3: timeouts.connect takes a text"},
      {"origin = \"http://a\"\n[timeout]\nconnect = \"1s\"",
       "2: [timeout] is no table; there are [admin] and [timeouts]"},
      {"origin = \"http://a\n", "1: "},
      {"origin = \"http://a\"\norigin = \"http://b\"", "2: "},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(complaint(one.text).rfind(one.said, 0), 0u) << one.text << "\n" << complaint(one.text);
  }
  EXPECT_NE(complaint("origin = 5\nthreads = \"x\"\n").find("\n2: threads"), std::string::npos) << "all at once";
}

TEST_F(ProxyFile, ThatCannotBeReadIsNamed) {
  try {
    read_proxy_options("/no/such/proxy.toml");
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_NE(std::string(error.what()).find("/no/such/proxy.toml"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace freshet
