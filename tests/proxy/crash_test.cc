// The proxy as a process among others: killed and restarted, two on one segment, and the library beside it.
#include "tests/proxy/fixture.h"
#include "tests/proxy/program.h"

#include <freshet/cache.h>

#include <atomic>
#include <filesystem>
#include <gtest/gtest.h>

namespace freshet::proxy_test {
namespace {

std::string unique_name() {
  static std::atomic<int> count{0};
  return "proxy-test-" + std::to_string(::getpid()) + "-" + std::to_string(count++);
}

// A store that several processes use; gone with it.
struct SharedStore {
  std::string name = unique_name();
  std::string url = "shared:" + name + "?size=16MiB";
  SharedStore() = default;
  SharedStore(const SharedStore&) = delete;
  SharedStore& operator=(const SharedStore&) = delete;
  ~SharedStore() { std::filesystem::remove("/dev/shm/freshet." + name); }
};

struct StoreFile {
  std::filesystem::path path = std::filesystem::temp_directory_path() / unique_name();
  std::string url = "file:" + path.string() + "?size=64MiB";
  StoreFile() = default;
  StoreFile(const StoreFile&) = delete;
  StoreFile& operator=(const StoreFile&) = delete;
  ~StoreFile() { std::filesystem::remove(path); }
};

// Of a target's number, and told apart from every mixture of others.
std::string body_of(const std::string& target) {
  std::string body;
  for (int i = 0; i < 200; ++i) body += target + ' ';
  return body;
}

TEST(Killed, UnderLoadAndStartedAgainItIsWarmAndNothingIsTorn) {
  StoreFile file;
  Origin origin(
      [](Visit& visit) { visit.answer(200, "Cache-Control: max-age=600\r\n", body_of(visit.request.target())); });
  constexpr int kTargets = 300;
  for (int round = 0; round < 3; ++round) {
    ProxyProgram proxy(origin.url(), {"--store", file.url, "--threads", "2"});
    std::atomic<int> answers{0};
    std::vector<std::thread> crowd;
    for (int i = 0; i < 4; ++i) {
      crowd.emplace_back([&, i] {
        try {
          for (int k = i;; ++k) {
            const std::string target = "/" + std::to_string(k * 7 % kTargets);
            const Message message = get(proxy.port(), target);
            if (message.whole && message.status() == 200) {
              EXPECT_EQ(message.body, body_of(target));
            }
            ++answers;
          }
        } catch (const std::exception&) {
          // It has been killed.
        }
      });
    }
    while (answers.load() < 400) std::this_thread::yield();
    proxy.program().kill();
    EXPECT_EQ(proxy.program().wait(), -SIGKILL);
    for (std::thread& one : crowd) one.join();
  }
  const std::size_t before = origin.requests();
  ProxyProgram proxy(origin.url(), {"--store", file.url});
  Connection client = Connection::to(proxy.port());
  int known = 0;
  for (int i = 0; i < kTargets; ++i) {
    const std::string target = "/" + std::to_string(i);
    if (origin.requests_of(target) == 0) continue;
    ++known;
    EXPECT_EQ(client.get(target).body, body_of(target));
  }
  EXPECT_GT(known, 100);
  // What was being written when it died may be asked for again.
  EXPECT_LE(origin.requests(), before + 12);
}

TEST(Beside, TwoProxiesOnOneSegmentMakeOneRequest) {
  SharedStore store;
  Gate gate;
  Origin origin([&](Visit& visit) {
    gate.wait();
    visit.answer(200, "Cache-Control: max-age=600\r\n", "one");
  });
  ProxyProgram first(origin.url(), {"--store", store.url});
  ProxyProgram second(origin.url(), {"--store", store.url});
  std::vector<Connection> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(Connection::to(i % 2 == 0 ? first.port() : second.port()));
    clients.back().send_get("/");
  }
  origin.await_requests(1);
  gate.open();
  for (Connection& client : clients) EXPECT_EQ(client.response().body, "one");
  EXPECT_EQ(origin.requests(), 1U);
}

TEST(Beside, AProxyThatIsKilledWhileItAsksIsReplacedByTheOther) {
  SharedStore store;
  Gate gate;
  Origin origin([&](Visit& visit) {
    if (visit.number == 1) gate.wait();
    visit.answer(200, "Cache-Control: max-age=600\r\n", "number " + std::to_string(visit.number));
  });
  ProxyProgram first(origin.url(), {"--store", store.url});
  ProxyProgram second(origin.url(), {"--store", store.url});
  Connection lost = Connection::to(first.port());
  lost.send_get("/");
  origin.await_requests(1);
  Connection client = Connection::to(second.port());
  client.send_get("/");
  first.program().kill();
  first.program().wait();
  EXPECT_EQ(client.response().body, "number 2");
  gate.open();
}

TEST(Beside, AnInvalidationFromTheLibraryHoldsAtTheNextRequest) {
  SharedStore store;
  for (const char* name : {"Surrogate-Key", "Cache-Tag", "xkey"}) {
    Origin origin([&](Visit& visit) {
      visit.answer(200, std::string(name) + ": product:42\r\nCache-Control: max-age=600\r\n",
                   "number " + std::to_string(visit.number));
    });
    ProxyProgram proxy(origin.url(), {"--store", store.url});
    const Cache cache = open(store.url);
    Connection client = Connection::to(proxy.port());
    const std::string target = std::string("/") + name;
    for (int i = 1; i <= 20; ++i) {
      EXPECT_EQ(client.get(target).body, "number " + std::to_string(i));
      EXPECT_EQ(client.get(target).body, "number " + std::to_string(i));
      cache.invalidate_tag("product:42");
    }
  }
}

TEST(Beside, AnInvalidationWhileItIsFetchedKeepsTheOldOutOfTheCache) {
  SharedStore store;
  Gate gate;
  Gate begun;
  Origin origin([&](Visit& visit) {
    visit.begin(200, "Surrogate-Key: product:42\r\nCache-Control: max-age=600\r\nContent-Length: 8\r\n");
    visit.connection.send("body");
    if (visit.number == 1) {
      begun.open();
      gate.wait();
    }
    visit.connection.send(visit.number == 1 ? " old" : " new");
  });
  ProxyProgram proxy(origin.url(), {"--store", store.url});
  const Cache cache = open(store.url);
  Connection client = Connection::to(proxy.port());
  client.send_get("/");
  begun.wait();
  cache.invalidate_tag("product:42");
  gate.open();
  EXPECT_EQ(client.response().body, "body old");
  EXPECT_EQ(client.get("/").body, "body new");
  EXPECT_EQ(client.get("/").body, "body new");
  EXPECT_EQ(origin.requests(), 2U);
}

TEST(Beside, ARefreshedAndACompletedAnswerKeepTheirTags) {
  SharedStore store;
  const std::string fields = "Surrogate-Key: product:42\r\nETag: \"1\"\r\nCache-Control: max-age=600\r\n";
  Origin origin([&](Visit& visit) {
    const std::string range = visit.request.field("Range");
    if (range == "bytes=0-3") return visit.answer(206, fields + "Content-Range: bytes 0-3/8\r\n", "head");
    if (range == "bytes=4-" || range == "bytes=4-7") {
      return visit.answer(206, fields + "Content-Range: bytes 4-7/8\r\n", "tail");
    }
    visit.answer(200, fields, "headtail");
  });
  ProxyProgram proxy(origin.url(), {"--store", store.url});
  const Cache cache = open(store.url);
  Connection client = Connection::to(proxy.port());
  EXPECT_EQ(client.get("/", "Range: bytes=0-3\r\n").body, "head");
  EXPECT_EQ(client.get("/").body, "headtail");
  EXPECT_EQ(client.get("/").body, "headtail");
  EXPECT_EQ(origin.requests(), 2U);
  cache.invalidate_tag("product:42");
  EXPECT_EQ(client.get("/").body, "headtail");
  EXPECT_EQ(origin.requests(), 3U);
}

TEST(Stopped, BySignalItEndsWellWithClientsAndRequestsUnderWay) {
  Gate gate;
  Origin origin([&](Visit& visit) {
    visit.begin(200, "Content-Length: 8\r\nCache-Control: max-age=600\r\n");
    visit.connection.send("body");
    gate.wait();
  });
  ProxyProgram proxy(origin.url(), {"--threads", "3"});
  std::vector<Connection> clients;
  for (int i = 0; i < 60; ++i) {
    clients.push_back(Connection::to(proxy.port()));
    clients.back().send_get(i % 2 == 0 ? "/" : "/" + std::to_string(i));
    Message head;
    EXPECT_TRUE(clients.back().read_head(head));
  }
  proxy.program().kill(SIGTERM);
  EXPECT_EQ(proxy.program().wait(), 0);
  gate.open();
}

}  // namespace
}  // namespace freshet::proxy_test
