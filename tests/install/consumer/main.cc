// The smallest user of an installed Freshet: it must compile, link and run with the public headers alone.
#include <freshet/reason.h>

#include <iostream>

int main() {
  const freshet::Reason reason = freshet::Reason::miss_expired;
  std::cout << freshet::name(reason) << ": " << freshet::meaning(reason) << "\n";
  return freshet::name(reason) == "miss_expired" && !freshet::meaning(reason).empty() ? 0 : 1;
}
