// The least HTTP/1.1 client that measures honestly: one kept-open connection, one request at a time.
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>

namespace demo {

struct HttpResponse {
  int status = 0;     ///< 0: no answer came
  pid_t worker = 0;   ///< who answered
  std::string cache;  ///< the X-Cache header
  std::string body;
  explicit operator bool() const noexcept { return status != 0; }
};

/// Threads: one. Errors: a response with status 0; the next request connects anew.
class HttpClient {
 public:
  explicit HttpClient(int port) : port_(port) {}
  ~HttpClient() { close(); }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  HttpResponse get(std::string_view path) { return ask("GET", path, {}); }
  HttpResponse post(std::string_view path, std::string_view form) { return ask("POST", path, form); }

  /// The worker at the other end, as far as known; 0 on a new connection.
  pid_t worker() const noexcept { return worker_; }
  void close() noexcept;

 private:
  bool connect();
  bool send(std::string_view text);
  bool receive_more();
  HttpResponse ask(std::string_view method, std::string_view path, std::string_view form);
  HttpResponse receive();

  int port_;
  int socket_ = -1;
  pid_t worker_ = 0;
  std::string received_;
};

}  // namespace demo
