// docs/guides/sharing-between-processes.md as a program: fork before and after, sizes, and a kill -9 in mid-load.
#include "claims.h"

#include <freshet/freshet.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <iostream>
#include <string>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

using freshet::Reason;

std::string segment_name() { return "guide-" + std::to_string(getpid()); }
// Where `shared:NAME` lies.
std::filesystem::path segment_path(const std::string& name) { return "/dev/shm/freshet." + name; }

// Runs `work` in a child; true when it returned true.
bool in_child(const std::function<bool()>& work) {
  std::cout.flush();
  const pid_t child = fork();
  if (child == 0) _exit(work() ? 0 : 1);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void fork_before_and_after(const std::string& name) {
  guide::chapter("All processes of a host");
  const std::string url = "shared:" + name + "?size=8MiB";
  // [snippet prefork]
  freshet::Cache cache = freshet::open(url);  // shared:shop?size=1GiB; before fork() ...
  cache.set("banner", std::string("open all day"));
  const bool inherited = in_child([&] { return *cache.get<std::string>("banner") == "open all day"; });
  // [/snippet]
  guide::claim(inherited, "a child uses the handle that it inherited");
  const bool opened = in_child([&] {
    freshet::Cache own = freshet::open(url);  // ... or after it, by name
    own.set("from-child", std::string("hello"));
    own.invalidate_tag("front-page");
    return own.get<std::string>("banner").has_value();
  });
  guide::claim(opened, "or opens it by name");
  guide::claim(*cache.get<std::string>("from-child") == "hello", "what one process writes, all read");
  guide::claim(cache.stats()[Reason::invalidated] == 1, "the counters are those of all processes");

  struct stat status {};
  stat(segment_path(name).c_str(), &status);
  guide::claim((status.st_mode & 0777) == 0600, "a segment is for its user alone, unless you say otherwise");
  guide::claim(status.st_size == 8 << 20, "its size is the size in the URL");
}

void killed(const std::string& name) {
  guide::chapter("kill -9 in the middle of a load");
  freshet::Cache cache = freshet::open("shared:" + name);  // no size: as it is
  std::array<int, 2> loading{};
  if (pipe(loading.data()) != 0) return guide::claim(false, "a pipe");
  std::cout.flush();
  const pid_t worker = fork();
  if (worker == 0) {
    cache.get_or_load<std::string>("report", [&]() -> std::string {
      if (write(loading[1], "!", 1) != 1) _exit(1);
      for (;;) pause();  // a load that never ends
    });
    _exit(1);
  }
  char mark = 0;
  if (read(loading[0], &mark, 1) != 1) return guide::claim(false, "the worker loads");
  kill(worker, SIGKILL);
  waitpid(worker, nullptr, 0);

  const auto begun = std::chrono::steady_clock::now();
  auto report = cache.get_or_load<std::string>("report", [] { return std::string("done"); });
  const auto took = std::chrono::steady_clock::now() - begun;
  guide::claim(*report == "done" && report.stored() == Reason::stored, "somebody else loads, and stores");
  guide::claim(took < std::chrono::seconds(1), "within a second");
  guide::claim(cache.stats()[Reason::load_taken_over] == 1, "counted as load_taken_over");
  guide::claim(*cache.get<std::string>("banner") == "open all day", "what the dead had stored is still there");
  close(loading[0]);
  close(loading[1]);
}

void restart() {
  guide::chapter("A file survives a restart");
  const std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("guide-" + std::to_string(getpid()) + ".freshet");
  // [snippet file]
  const std::string url = "file:" + path.string() + "?size=8MiB";
  { freshet::open(url).set("banner", std::string("still here")); }  // the process ends
  freshet::Cache cache = freshet::open(url);                        // and starts again
  // [/snippet]
  guide::claim(cache.get<std::string>("banner").has_value(), "warm");
  {
    freshet::Cache larger = freshet::open("file:" + path.string() + "?size=16MiB");
    guide::claim(larger.stats().size_bytes == 8 << 20, "another size, while others use it: as it is");
    guide::claim(larger.get<std::string>("banner").has_value(), "with all that is in it");
  }
  cache = freshet::open("memory:?size=1MiB");  // lets go of the file
  freshet::Cache larger = freshet::open("file:" + path.string() + "?size=16MiB");
  guide::claim(larger.stats().size_bytes == 16 << 20, "another size, when nobody uses it: made anew");
  guide::claim(!larger.get<std::string>("banner"), "and empty");
  std::filesystem::remove(path);
}

void permissions(const std::string& name) {
  guide::chapter("Refused rather than shared by mistake");
  std::filesystem::permissions(segment_path(name), std::filesystem::perms(0644));
  const std::array<std::string, 4> urls = {"shared:" + name, "shared:" + name + "?mode=0666",
                                           "shared:" + name + "?group=no-such-group", "shared:shop/carts"};
  for (const std::string& url : urls) {
    try {
      freshet::open(url);
      guide::claim(false, url);
    } catch (const freshet::ConfigError& error) {
      std::cout << "  " << error.what() << '\n';
    }
  }
}

void sizes() {
  guide::chapter("What fits");
  std::printf("  %8s  %12s  %14s\n", "size", "for entries", "largest value");
  for (const std::uint64_t mib : {std::uint64_t{1}, std::uint64_t{8}, std::uint64_t{64}}) {
    freshet::Cache cache = freshet::open("memory:?size=" + std::to_string(mib) + "MiB");
    const freshet::Stats stats = cache.stats();
    std::printf("  %4d MiB  %11.0f%%  %10.2f MiB\n", static_cast<int>(mib),
                100.0 * static_cast<double>(stats.bytes_capacity) / static_cast<double>(stats.size_bytes),
                static_cast<double>(mib) / 4);
    freshet::CacheOptions plain;
    plain.compress_above = 0;
    freshet::Cache uncompressed = freshet::open(cache.store(), plain);
    guide::claim(uncompressed.set("quarter", freshet::Bytes{std::string(mib << 18, 'x')}) == Reason::stored,
                 "a quarter of it is stored");
    guide::claim(
        uncompressed.set("more", freshet::Bytes{std::string((mib << 18) + 1, 'x')}) == Reason::refused_too_large,
        "a byte more is refused");
  }

  // [snippet fill]
  freshet::Cache cache = freshet::open("memory:?size=8MiB");
  const std::string value(200, 'x');
  for (int i = 0; i < 100'000; ++i) cache.set(freshet::make_key("item", i), freshet::Bytes{value});
  const freshet::Stats stats = cache.stats();
  std::cout << stats.entries << " entries, " << stats.bytes_capacity / stats.entries << " bytes each\n";
  // [/snippet]
  const double each = static_cast<double>(stats.bytes_capacity) / static_cast<double>(stats.entries);
  // 12 for the header, 11 for the key item(12345), 200 for the value, rounded up to 224; and 12 of the index.
  guide::claim(each >= 224 && each < 236 * 1.06, "12 bytes, key and value, rounded up to 4, and little more");
  guide::claim(stats[Reason::evicted_unused] > 0, "the rest was evicted, never read");
}

}  // namespace

int main() {
  const std::string name = segment_name();
  fork_before_and_after(name);
  killed(name);
  permissions(name);
  std::filesystem::remove(segment_path(name));
  restart();
  sizes();
  return guide::verdict();
}
