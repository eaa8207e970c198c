// What one user gets never reaches another: every mark of a private answer, at every step at which a cache could share
// it. The origin writes the user's name wherever the mark says that it is his alone.
#include "tests/proxy/fixture.h"

#include <atomic>
#include <gtest/gtest.h>

namespace freshet::proxy_test {
namespace {

struct Mark {
  std::string name;
  // USER stands for the user's name.
  std::string request;
  std::string response;
  std::string body;
};

std::string for_user(std::string text, const std::string& user) {
  for (std::size_t at = 0; (at = text.find("USER", at)) != std::string::npos;) text.replace(at, 4, user);
  return text;
}

const std::vector<Mark>& marks() {
  static const std::vector<Mark> all = {
      {"set_cookie", "", "Cache-Control: max-age=60\r\nSet-Cookie: session=USER\r\n", "page of USER"},
      {"authorization", "Authorization: Basic USER\r\n", "Cache-Control: max-age=60\r\nX-Secret: USER\r\n",
       "page of USER"},
      {"cookie", "Cookie: session=USER\r\n", "Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n", "page of USER"},
      {"private", "", "Cache-Control: private, max-age=60\r\nX-Secret: USER\r\n", "page of USER"},
      {"no_store", "", "Cache-Control: no-store, max-age=60\r\nX-Secret: USER\r\n", "page of USER"},
      // Kept, but to be validated: who waits for it cannot have it, and asks by himself.
      {"no_cache", "", "Cache-Control: no-cache\r\nLast-Modified: Mon, 01 Jan 2024 00:00:00 GMT\r\n", "page of USER"},
      {"no_cache_field", "", "Cache-Control: max-age=60, no-cache=\"X-Secret\"\r\nX-Secret: USER\r\n", "for all"},
      {"private_field", "", "Cache-Control: max-age=60, private=\"X-Secret\"\r\nX-Secret: USER\r\n", "for all"},
  };
  return all;
}

class Matrix : public ::testing::TestWithParam<std::size_t> {
 protected:
  const Mark& mark() const { return marks()[GetParam()]; }
  std::string asking(const std::string& user) const {
    return "X-User: " + user + "\r\n" + for_user(mark().request, user);
  }
  std::string fields(const Visit& visit) const { return for_user(mark().response, visit.request.field("X-User")); }
  std::string body(const Visit& visit) const { return for_user(mark().body, visit.request.field("X-User")); }
  void answer(Visit& visit) const { visit.answer(200, "ETag: \"1\"\r\n" + fields(visit), body(visit)); }

  static void expect_nothing_of_alice(const Message& message) {
    EXPECT_EQ((message.head + message.body).find("alice"), std::string::npos) << message.head << message.body;
  }
  void expect_own(const Message& message, const std::string& user) const {
    EXPECT_EQ(message.status(), 200);
    EXPECT_EQ(message.body, for_user(mark().body, user)) << message.head;
  }
};

TEST_P(Matrix, NothingOfItIsStored) {
  Site site([&](Visit& visit) { answer(visit); });
  expect_own(site.get("/", asking("alice")), "alice");
  expect_nothing_of_alice(site.get("/", "Cache-Control: only-if-cached\r\n"));
  expect_nothing_of_alice(site.get("/", asking("bob") + "Cache-Control: only-if-cached\r\n"));
}

TEST_P(Matrix, NothingOfItIsUsedAgain) {
  Site site([&](Visit& visit) { answer(visit); });
  Connection client = site.connect();
  for (int i = 0; i < 3; ++i) {
    expect_own(client.get("/", asking("alice")), "alice");
    const Message message = client.get("/", asking("bob"));
    expect_own(message, "bob");
    expect_nothing_of_alice(message);
    expect_nothing_of_alice(client.get("/", asking("carol") + "If-None-Match: \"1\"\r\n"));
  }
}

TEST_P(Matrix, NothingOfItIsSharedWhileItComes) {
  Gate gate;
  Site site([&](Visit& visit) {
    const std::string whole = body(visit);
    visit.begin(200, fields(visit) + "Content-Length: " + std::to_string(whole.size()) + "\r\n");
    visit.connection.send(whole.substr(0, 3));
    if (visit.request.field("X-User") == "alice") gate.wait();
    visit.connection.send(whole.substr(3));
  });
  Connection alice = site.connect();
  alice.send_get("/", asking("alice"));
  site.origin.await_requests(1);
  std::vector<Connection> others;
  for (int i = 0; i < 10; ++i) {
    others.push_back(site.connect());
    others.back().send_get("/", asking("bob"));
  }
  // Those who may not share do not wait for the end of it either.
  const bool shares_body = mark().body.find("USER") == std::string::npos;
  if (shares_body) gate.open();
  for (Connection& other : others) {
    const Message message = other.response();
    expect_own(message, "bob");
    expect_nothing_of_alice(message);
  }
  gate.open();
  expect_own(alice.response(), "alice");
}

TEST_P(Matrix, NothingOfItIsServedStale) {
  std::atomic<bool> fails{false};
  Site site([&](Visit& visit) {
    visit.keep = !fails.load();
    if (!fails.load()) {
      visit.answer(200,
                   "Age: 90\r\n" + fields(visit) + "Cache-Control: stale-if-error=600, stale-while-revalidate=600\r\n",
                   body(visit));
    }
  });
  expect_own(site.get("/", asking("alice")), "alice");
  expect_nothing_of_alice(site.get("/", asking("bob")));
  site.get("/", asking("alice"));
  fails.store(true);
  for (int i = 0; i < 3; ++i) expect_nothing_of_alice(site.get("/", asking("bob")));
}

TEST_P(Matrix, NothingOfItIsMergedIntoWhatIsStored) {
  Site site([&](Visit& visit) {
    const std::string user = visit.request.field("X-User");
    if (user.empty()) {
      visit.answer(200, "ETag: \"1\"\r\nCache-Control: max-age=60\r\nAge: 90\r\nX-Secret: nobody\r\n", "for all");
    } else if (user == "alice" && !visit.request.has("Cookie") && visit.request.has("If-None-Match")) {
      visit.begin(304, "ETag: \"1\"\r\n" + fields(visit));
    } else {
      answer(visit);
    }
  });
  site.get("/");
  EXPECT_EQ(site.get("/", asking("alice")).status(), 200);
  expect_nothing_of_alice(site.get("/", asking("bob") + "Cache-Control: only-if-cached, max-stale\r\n"));
  expect_nothing_of_alice(site.get("/", asking("bob")));
  expect_nothing_of_alice(site.get("/"));
}

INSTANTIATE_TEST_SUITE_P(Marks, Matrix, ::testing::Range<std::size_t>(0, marks().size()),
                         [](const auto& one) { return marks()[one.param].name; });

}  // namespace
}  // namespace freshet::proxy_test
