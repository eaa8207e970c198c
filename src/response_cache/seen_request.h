// What a route makes of a request: the key of its answer, and the request that the handler gets. One is made of the
// other, so that what can change the answer is in the key: what is not declared is taken away.
//
//   http://example.org/search?|q=page=2&q=tea|h.accept=text%2Fhtml|c.theme|l=de|u=42|k=blue|v=7
//
// Behind the path stands a part for each thing declared, '|' before each. The texts are percent-encoded, all but
// letters, digits and a few marks; '|' and '%' always are. A part without '=' says that the request had none. So no two
// requests that differ in something declared have one key.
#pragma once

#include <freshet/response_cache.h>

#include <string>
#include <string_view>

namespace freshet::response_cache {

struct SeenRequest {
  HttpRequest request;     ///< what the handler gets: a plain GET
  std::string key_target;  ///< in place of its target, for http::append_key()
  /// It is somebody's in particular, who is in the key.
  bool is_personal = false;
  /// It has credentials that the route did not declare: its answer is for nobody else.
  bool is_unshared = false;
};

SeenRequest see(const HttpRequest& request, const Route& route, std::string_view version);

/// The method and fields of the request let the cache answer it, or take its answer, at all.
bool is_cacheable(const HttpRequest& request) noexcept;

}  // namespace freshet::response_cache
