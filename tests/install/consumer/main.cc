// The smallest user of an installed Freshet: it must compile, link and run with the public headers alone.
#include <freshet/freshet.h>
#include <freshet/response_cache.h>

#include <iostream>

struct User {
  int id = 0;
  std::string name;
};

int main() {
  const freshet::Cache cache = freshet::open("memory:?size=4MiB");
  int loads = 0;
  for (int i = 0; i < 3; ++i) {
    const auto user = cache.get_or_load<User>("user:7", [&] {
      ++loads;
      return User{7, "Ada"};
    });
    std::cout << user->name << ": " << freshet::meaning(user.reason()) << "\n";
    if (user->id != 7 || user->name != "Ada") return 1;
  }
  const freshet::ResponseCache views(cache);
  freshet::Route route;
  route.ttl = std::chrono::minutes(1);
  int pages = 0;
  for (int i = 0; i < 2; ++i) {
    const freshet::HttpAnswer answer =
        views.answer({.authority = "localhost"}, route, [&](const freshet::HttpRequest&) {
          ++pages;
          return freshet::HttpResponse{200, {}, "page"};
        });
    if (answer.response.body != "page") return 1;
  }
  return loads == 1 && pages == 1 ? 0 : 1;
}
