// Where the proxy is purged and measured, and the files that it writes: opened from what the options say.
#pragma once

#include "proxy/admin.h"

#include <freshet/store.h>

#include <memory>
#include <string>

namespace freshet::proxy {

/// An open admin address; a Unix socket's file goes with it.
class AdminAddress {
 public:
  AdminAddress(std::unique_ptr<Admin> admin, std::string path) : admin_(std::move(admin)), path_(std::move(path)) {}
  ~AdminAddress();
  AdminAddress(const AdminAddress&) = delete;
  AdminAddress& operator=(const AdminAddress&) = delete;

 private:
  std::unique_ptr<Admin> admin_;
  std::string path_;
};

/// Null when `where` is empty. Errors: ConfigError for an address that others could reach, a missing or short token,
/// and what cannot be listened at.
std::unique_ptr<AdminAddress> open_admin(const std::string& where, const std::string& token, EventLoop& loop,
                                         Store& store);

/// No socket when `path` is empty; "-" is standard output. Errors: ConfigError.
Socket open_access_log(const std::string& path);

}  // namespace freshet::proxy
