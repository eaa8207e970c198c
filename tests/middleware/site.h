// A real web server of one framework, with views behind that framework's adapter: what contract_test.cc asks of.
#pragma once

#include <freshet/response_cache.h>

#include <functional>
#include <memory>
#include <string>

namespace middleware {

/// Views are made by functions of neutral values; each site has them called through its framework's own types.
class Site {
 public:
  virtual ~Site() = default;
  /// Before start(). Answers "/`name`", and "/`name`/anything" where the framework has patterns.
  virtual void add(const std::string& name, const freshet::ResponseCache& views, const freshet::Route& route,
                   const freshet::HttpHandler& view) = 0;
  /// Called for each request as soon as it has come.
  virtual void on_arrival(std::function<void()> call) = 0;
  /// Serves on threads of its own, `threads` requests at once, until destroyed. Returns the port.
  virtual int start(std::size_t threads) = 0;
};

#ifdef FRESHET_WITH_HTTPLIB
std::unique_ptr<Site> httplib_site();
#endif
#ifdef FRESHET_WITH_BEAST
std::unique_ptr<Site> beast_site();
#endif

}  // namespace middleware
