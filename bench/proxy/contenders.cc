#include "proxy/contenders.h"

#include "proxy/http_get.h"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <spawn.h>
#include <stdexcept>
#include <string_view>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace bench {
namespace {

constexpr const char* kSize = "256";  // MiB, for all

bool found(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    const std::string_view folder = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), folder.size() + 1));
    if (access((std::string(folder) + "/" + program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  if (!(file << text).flush()) throw std::runtime_error("cannot write " + path);
}

std::string at_loopback(int port) { return "127.0.0.1:" + std::to_string(port); }

ProxyContender started(std::string name, ProxyContender::Role role, std::vector<std::string> command,
                       const std::string& log, int port, Server::Manner manner) {
  auto server = std::make_unique<Server>(
      std::move(command), [port] { return accepts_at(port); }, log, manner);
  return {std::move(name), role, port, std::move(server)};
}

// One worker. The files of the cache are in memory and stay open; nothing is logged; connections to the origin are
// kept.
//
// tcp_nopush stays off: with sendfile it makes small answers a little cheaper, but over the loopback those of 100 KiB
// then wait for 20 to 50 ms.
constexpr std::string_view kNginxConfiguration = R"(
@USER@
daemon off;
worker_processes 1;
worker_rlimit_nofile 65536;
pid @FOLDER@/pid;
error_log @FOLDER@/error.log;
events { worker_connections 16384; use epoll; multi_accept on; }
http {
  access_log off;
  server_tokens off;
  aio off;
  sendfile @SENDFILE@;
  output_buffers 1 128k;
  tcp_nopush off;
  tcp_nodelay on;
  keepalive_timeout 1h;
  keepalive_requests 1000000000;
  reset_timedout_connection on;
  open_file_cache max=100000 inactive=1h;
  open_file_cache_valid 1h;
  open_file_cache_min_uses 1;
  client_body_temp_path @FOLDER@/client_body;
  proxy_temp_path @FOLDER@/proxy;
  fastcgi_temp_path @FOLDER@/fastcgi;
  uwsgi_temp_path @FOLDER@/uwsgi;
  scgi_temp_path @FOLDER@/scgi;
  proxy_cache_path @FOLDER@/cache levels=1:2 keys_zone=all:64m max_size=@SIZE@m inactive=1d use_temp_path=off;
  upstream origin {
    server 127.0.0.1:@ORIGIN@;
    keepalive 64;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
  }
  server {
    listen 127.0.0.1:@PORT@ backlog=1024;
    location / {
      proxy_pass http://origin;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache all;
      proxy_buffers 32 8k;
    }
  }
}
)";

// `text` with each @WORD@ replaced.
std::string filled_in(std::string_view text, const std::map<std::string_view, std::string>& words) {
  std::string filled;
  while (!text.empty()) {
    const std::size_t start = text.find('@');
    filled += text.substr(0, start);
    if (start == std::string_view::npos) break;
    const std::size_t end = text.find('@', start + 1);
    filled += words.at(text.substr(start + 1, end - start - 1));
    text.remove_prefix(end + 1);
  }
  return filled;
}

}  // namespace

std::string missing_programs() {
  std::string missing;
  for (const auto& [program, package] : {std::pair{"wrk", "wrk"}, {"nginx", "nginx"}, {"varnishd", "varnish"}}) {
    if (found(program)) continue;
    missing += (missing.empty() ? "" : ", ") + std::string(program) + " (Debian: " + package + ")";
  }
  return missing;
}

ProxyContender start_bare_loop(const std::string& folder, int processor) {
  const int port = free_port();
  return started("limit: bare loop", ProxyContender::Role::limit, {FRESHET_BARE_LOOP, std::to_string(port)},
                 folder + "/bare-loop.log", port, {.processor = processor});
}

ProxyContender start_nginx(const Stage& stage, bool sendfile) {
  const std::string folder = stage.folder + (sendfile ? "/nginx-sendfile" : "/nginx-copying");
  std::filesystem::create_directory(folder);
  const int port = free_port();
  // A worker of root's becomes another user, to whom the folder is closed.
  write_file(folder + "/conf", filled_in(kNginxConfiguration, {{"USER", geteuid() == 0 ? "user root;" : ""},
                                                               {"FOLDER", folder},
                                                               {"SENDFILE", sendfile ? "on" : "off"},
                                                               {"SIZE", kSize},
                                                               {"ORIGIN", std::to_string(stage.origin_port)},
                                                               {"PORT", std::to_string(port)}}));
  return started(sendfile ? "nginx, sendfile" : "nginx, copying", ProxyContender::Role::peer,
                 {"nginx", "-p", folder, "-e", folder + "/error.log", "-c", folder + "/conf"}, folder + "/output.log",
                 port, {.processor = stage.processor, .ask_to_end = true});
}

ProxyContender start_varnish(const Stage& stage) {
  const int port = free_port();
  const std::string configuration = stage.folder + "/default.vcl";
  write_file(configuration, "vcl 4.1;\nbackend default { .host = \"127.0.0.1\"; .port = \"" +
                                std::to_string(stage.origin_port) + "\"; }\n");
  // One pool of threads for one processor, with a thread for every connection from the start. No jail: it would change
  // users, which needs root, and would forget that it is to end with us.
  return started("Varnish", ProxyContender::Role::peer, {"varnishd", "-F",
                                                         "-j",       "none",
                                                         "-n",       stage.executable_folder + "/varnish",
                                                         "-a",       at_loopback(port),
                                                         "-f",       configuration,
                                                         "-s",       std::string("malloc,") + kSize + "m",
                                                         "-p",       "thread_pools=1",
                                                         "-p",       "thread_pool_min=200",
                                                         "-p",       "thread_pool_max=1000",
                                                         "-p",       "timeout_idle=3600",
                                                         "-p",       "listen_depth=1024"},
                 stage.folder + "/varnish.log", port, {.processor = stage.processor, .ask_to_end = true});
}

ProxyContender start_freshet(const Stage& stage, const std::string& executable) {
  const int port = free_port();
  return started("freshet proxy", ProxyContender::Role::freshet,
                 {executable, "proxy", "--origin", "http://" + at_loopback(stage.origin_port), "--listen",
                  at_loopback(port), "--store", std::string("memory:?size=") + kSize + "MiB", "--threads", "1"},
                 stage.folder + "/freshet.log", port, {.processor = stage.processor, .ask_to_end = true});
}

bool allows_execution(const std::string& folder) {
  struct statvfs mounted {};
  return statvfs(folder.c_str(), &mounted) == 0 && (mounted.f_flag & ST_NOEXEC) == 0;
}

bool has_proxy(const std::string& executable) {
  posix_spawn_file_actions_t quiet;
  posix_spawn_file_actions_init(&quiet);
  posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&quiet, 2, "/dev/null", O_WRONLY, 0);
  std::string words[] = {executable, "help", "proxy"};
  char* argv[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t pid = -1;
  const bool spawned = posix_spawn(&pid, executable.c_str(), &quiet, nullptr, argv, environ) == 0;
  posix_spawn_file_actions_destroy(&quiet);
  int status = 1;
  return spawned && waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace bench
