// An origin as a process of its own, to be killed: `origin PORT CACHE_CONTROL`. Port 0 takes a free one; the port is
// what it prints. Its answers are stale from the first moment (Age), so that no test waits for time to pass.
#include "tests/proxy/origin.h"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <unistd.h>

int main(int count, char** words) {
  using namespace freshet::proxy_test;
  if (count != 4) return 2;
  const std::string fields = "ETag: \"1\"\r\nCache-Control: " + std::string(words[2]) + "\r\nAge: " + words[3] + "\r\n";
  Origin origin([&](Visit& visit) { visit.answer(200, fields, "from " + std::to_string(::getpid())); }, true,
                static_cast<std::uint16_t>(std::atoi(words[1])));
  std::printf("%d\n", origin.port());
  std::fflush(stdout);
  ::pause();
  return 0;
}
