// One GET over a connection of its own, for looking at what a server answers. It is no client for measuring.
#pragma once

#include <string>
#include <vector>

namespace bench {

struct Received {
  int status = 0;
  std::string head;  ///< without the empty line
  std::string body;
};

/// Asks 127.0.0.1:`port` for the paths one after another on one connection and returns the answers. Understands bodies
/// with Content-Length only. Errors: throws std::runtime_error, also when an answer takes longer than ten seconds.
std::vector<Received> http_get(int port, const std::vector<std::string>& paths);
Received http_get(int port, const std::string& path);

/// Takes one answer from the front of `bytes`. False: not all of it has come.
/// Errors: throws std::runtime_error for what is no answer.
bool take_answer(std::string& bytes, Received& answer);

/// A port of 127.0.0.1 that nobody listens at.
int free_port();

}  // namespace bench
