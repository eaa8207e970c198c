// A request that owns its bytes: for whoever goes on with it after the buffer that it was parsed from has moved.
#pragma once

#include "http/fields.h"

#include <string>
#include <vector>

namespace freshet::proxy {

class OwnedRequest {
 public:
  explicit OwnedRequest(const http::Request& request) {
    std::size_t bytes =
        request.method.size() + request.scheme.size() + request.authority.size() + request.target.size();
    for (const http::Field& field : request.fields) bytes += field.name.size() + field.value.size();
    bytes_.reserve(bytes);
    view_.method = copy(request.method);
    view_.scheme = copy(request.scheme);
    view_.authority = copy(request.authority);
    view_.target = copy(request.target);
    fields_.reserve(request.fields.size());
    for (const http::Field& field : request.fields) fields_.push_back({copy(field.name), copy(field.value)});
    view_.fields = fields_;
  }
  OwnedRequest(const OwnedRequest&) = delete;
  OwnedRequest& operator=(const OwnedRequest&) = delete;
  const http::Request& view() const noexcept { return view_; }

 private:
  // bytes_ has been reserved for all of them, and does not move.
  std::string_view copy(std::string_view text) {
    const std::size_t at = bytes_.size();
    bytes_.append(text);
    return std::string_view(bytes_).substr(at);
  }
  std::string bytes_;
  std::vector<http::Field> fields_;
  http::Request view_;
};

}  // namespace freshet::proxy
