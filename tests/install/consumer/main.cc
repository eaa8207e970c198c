// The smallest user of an installed Freshet: it must compile, link and run with the public headers alone.
#include <freshet/freshet.h>

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
  return loads == 1 ? 0 : 1;
}
