// What a client gets for what it asks, message by message.
#include "tests/proxy/fixture.h"

#include <atomic>
#include <gtest/gtest.h>
#include <poll.h>

namespace freshet::proxy_test {
namespace {

void answer_by_path(Visit& visit) {
  if (visit.request.target().starts_with("/fresh")) {
    visit.answer(200, "Cache-Control: max-age=60\r\nETag: \"1\"\r\n", "fresh " + visit.request.target());
  } else {
    visit.answer(200, "Cache-Control: no-store\r\n", "number " + std::to_string(visit.number));
  }
}

TEST(Messages, AHitDoesNotReachTheOriginAndAMissDoes) {
  Site site(answer_by_path);
  Connection client = site.connect();
  const Message miss = client.get("/fresh");
  EXPECT_EQ(miss.status(), 200);
  EXPECT_EQ(miss.body, "fresh /fresh");
  EXPECT_TRUE(miss.cache_status_has("fwd=uri-miss")) << miss.head;
  const Message hit = client.get("/fresh");
  EXPECT_EQ(hit.body, "fresh /fresh");
  EXPECT_TRUE(hit.cache_status_has("hit")) << hit.head;
  EXPECT_TRUE(hit.has("Age"));
  EXPECT_EQ(site.origin.requests(), 1U);
  EXPECT_EQ(client.get("/no").body, "number 2");
  EXPECT_EQ(client.get("/no").body, "number 3");
}

TEST(Messages, ManyRequestsInOneWriteAreAnsweredInTheirOrderHitsAndMisses) {
  Site site(answer_by_path);
  Connection client = site.connect();
  client.get("/fresh/a");
  std::string all;
  for (int i = 0; i < 50; ++i) {
    for (const char* target : {"/fresh/a", "/one", "/fresh/b"}) {
      all += std::string("GET ") + target + std::to_string(i % 7) + " HTTP/1.1\r\nHost: test\r\n\r\n";
    }
  }
  std::thread sending([&] { client.send(all); });
  for (int i = 0; i < 50; ++i) {
    EXPECT_EQ(client.response().body, "fresh /fresh/a" + std::to_string(i % 7));
    EXPECT_TRUE(client.response().body.starts_with("number "));
    EXPECT_EQ(client.response().body, "fresh /fresh/b" + std::to_string(i % 7));
  }
  sending.join();
  EXPECT_EQ(site.origin.requests(), 1U + 50U + 7U + 7U);
}

TEST(Messages, ARequestThatComesByteByByteIsAnswered) {
  Site site(answer_by_path);
  Connection client = site.connect();
  for (const char byte : std::string("GET /fresh HTTP/1.1\r\nHost: test\r\n\r\n")) client.send({&byte, 1});
  EXPECT_EQ(client.response().body, "fresh /fresh");
}

TEST(Messages, HttpOneZeroIsClosedUnlessItAsksAndGetsNoChunks) {
  Site site([](Visit& visit) {
    visit.begin(200, "Transfer-Encoding: chunked\r\nCache-Control: no-store\r\n");
    visit.chunk("in ");
    visit.chunk("pieces");
    visit.last_chunk();
  });
  Connection plain = site.connect();
  plain.send("GET / HTTP/1.0\r\nHost: test\r\n\r\n");
  const Message answer = plain.response();
  EXPECT_EQ(answer.body, "in pieces");
  EXPECT_FALSE(answer.has("Transfer-Encoding"));
  EXPECT_TRUE(plain.ends());

  site.origin.replace([](Visit& visit) { visit.answer(200, "", "by length"); });
  Connection kept = site.connect();
  for (int i = 0; i < 2; ++i) {
    kept.send("GET / HTTP/1.0\r\nHost: test\r\nConnection: keep-alive\r\n\r\n");
    const Message one = kept.response();
    EXPECT_EQ(one.body, "by length");
    EXPECT_EQ(one.field("Connection"), "keep-alive");
  }
}

TEST(Messages, HeadIsAnsweredFromGetWithTheSameFieldsAndNoBody) {
  Site site(answer_by_path);
  Connection client = site.connect();
  const Message whole = client.get("/fresh");
  client.get("/fresh");
  client.send("HEAD /fresh HTTP/1.1\r\nHost: test\r\n\r\n");
  const Message head = client.response("HEAD");
  EXPECT_EQ(head.field("Content-Length"), std::to_string(whole.body.size()));
  EXPECT_EQ(head.field("ETag"), "\"1\"");
  EXPECT_EQ(client.get("/fresh").body, whole.body);
  EXPECT_EQ(site.origin.requests(), 1U);
}

TEST(Messages, HeadOfWhatIsNotStoredGoesOnAndTheConnectionStaysInStep) {
  Site site(answer_by_path);
  Connection client = site.connect();
  client.send("HEAD /no HTTP/1.1\r\nHost: test\r\n\r\nGET /no HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.response("HEAD").field("Content-Length"), "8");
  EXPECT_EQ(client.response().body, "number 2");
  EXPECT_EQ(site.origin.seen().front().method(), "HEAD");
}

TEST(Messages, AConditionIsAnsweredFromTheStore) {
  Site site(answer_by_path);
  Connection client = site.connect();
  client.get("/fresh");
  const Message same = client.get("/fresh", "If-None-Match: \"1\"\r\n");
  EXPECT_EQ(same.status(), 304);
  EXPECT_EQ(same.body, "");
  EXPECT_EQ(client.get("/fresh", "If-None-Match: \"2\"\r\n").status(), 200);
  EXPECT_EQ(site.origin.requests(), 1U);
}

TEST(Messages, RangesAreCutFromTheStoredBody) {
  Site site(answer_by_path);
  Connection client = site.connect();
  client.get("/fresh");
  const Message part = client.get("/fresh", "Range: bytes=2-4\r\n");
  EXPECT_EQ(part.status(), 206);
  EXPECT_EQ(part.body, "esh");
  EXPECT_EQ(part.field("Content-Range"), "bytes 2-4/12");
  const Message two = client.get("/fresh", "Range: bytes=0-0, 11-11\r\n");
  EXPECT_EQ(two.status(), 206);
  EXPECT_TRUE(two.field("Content-Type").starts_with("multipart/byteranges"));
  EXPECT_EQ(client.get("/fresh", "Range: bytes=99-\r\n").status(), 416);
  EXPECT_EQ(client.get("/fresh").body, "fresh /fresh");
  EXPECT_EQ(site.origin.requests(), 1U);
}

TEST(Messages, ChunksFromTheOriginAreStoredAsTheirContent) {
  Site site([](Visit& visit) {
    visit.begin(200, "Transfer-Encoding: chunked\r\nCache-Control: max-age=60\r\n");
    visit.chunk("one ");
    visit.chunk("two");
    visit.last_chunk();
  });
  Connection client = site.connect();
  const Message first = client.get("/");
  EXPECT_TRUE(first.chunked);
  EXPECT_EQ(first.body, "one two");
  const Message hit = client.get("/");
  EXPECT_EQ(hit.field("Content-Length"), "7");
  EXPECT_EQ(hit.body, "one two");
  EXPECT_EQ(site.origin.requests(), 1U);
}

TEST(Messages, ABodyThatEndsWithTheConnectionIsPassedOnAtOnceAndStored) {
  Site site([](Visit& visit) {
    visit.connection.send("HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\n\r\nuntil the end");
    visit.keep = false;
  });
  Connection client = site.connect();
  EXPECT_EQ(client.get("/").body, "until the end");
  EXPECT_EQ(client.get("/").body, "until the end");
  EXPECT_EQ(site.origin.requests(), 1U);
}

TEST(Messages, AClientThatHasSaidAllItHasToSayStillGetsItsAnswers) {
  Site site(answer_by_path);
  Connection client = site.connect();
  client.send_get("/fresh");
  client.send_get("/no");
  client.shut_down_sending();
  EXPECT_EQ(client.response().body, "fresh /fresh");
  EXPECT_EQ(client.response().body, "number 2");
  EXPECT_TRUE(client.ends());
}

TEST(Messages, AnInterimResponseReachesTheOneWhoAsked) {
  Site site([](Visit& visit) {
    visit.connection.send("HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n");
    visit.answer(200, "Cache-Control: no-store\r\n", "late");
  });
  Connection client = site.connect();
  EXPECT_EQ(client.get("/").body, "late");
  ASSERT_EQ(client.interims.size(), 1U);
  EXPECT_NE(client.interims.front().find("Link: </style.css>; rel=preload"), std::string::npos);
  Connection old = site.connect();
  old.send("GET / HTTP/1.0\r\nHost: test\r\n\r\n");
  EXPECT_EQ(old.response().body, "late");
  EXPECT_TRUE(old.interims.empty());
}

TEST(Messages, ConnectionsToTheOriginAreUsedAgain) {
  Site site(answer_by_path, {.threads = 1});
  Connection client = site.connect();
  for (int i = 0; i < 20; ++i) client.get("/no");
  EXPECT_EQ(site.origin.requests(), 20U);
  EXPECT_EQ(site.origin.connections(), 1U);
}

TEST(Messages, ARequestThatMeetsAConnectionWhichTheOriginJustClosedIsSentOnceMore) {
  // The second request on a connection is there, and the origin closes without having read it: as it looks when its
  // idle time runs out while the request is on its way.
  std::atomic<bool> resets = true;
  Site site(
      [&](Visit& visit) {
        // Taken before the answer, behind which the client may set it for its next request.
        const bool resets_now = resets.exchange(false);
        visit.answer(200, "Cache-Control: no-store\r\n", "answered");
        if (!resets_now) return;
        pollfd next{visit.connection.fd(), POLLIN, 0};
        ::poll(&next, 1, 10'000);
        visit.connection.reset();
        visit.keep = false;
      },
      {.threads = 1});
  Connection client = site.connect();
  EXPECT_EQ(client.get("/").body, "answered");
  EXPECT_EQ(client.get("/").body, "answered");
  EXPECT_EQ(site.origin.requests(), 2U) << "as many as it has read";
  // What may have had an effect is not sent twice.
  resets = true;
  EXPECT_EQ(client.get("/").body, "answered");
  client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 1\r\n\r\nx");
  EXPECT_EQ(client.response().status(), 504);
  EXPECT_EQ(site.origin.requests(), 3U);
}

TEST(Messages, ARequestThatTheOriginHasReadAndNotAnsweredIsNotSentAgain) {
  Site site(
      [&](Visit& visit) {
        visit.keep = visit.number == 1;
        if (visit.keep) visit.answer(200, "Cache-Control: no-store\r\n", "answered");
      },
      {.threads = 1});
  Connection client = site.connect();
  EXPECT_EQ(client.get("/").body, "answered");
  client.send("GET / HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_EQ(client.response().status(), 504);
  EXPECT_EQ(site.origin.requests(), 2U);
}

TEST(Messages, AnAnswerThatIsNoHttpIsA502AndItsConnectionIsGone) {
  Site site([](Visit& visit) { visit.connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n"); }, {.threads = 1});
  EXPECT_EQ(site.get("/").status(), 502);
  EXPECT_EQ(site.get("/").status(), 502);
  EXPECT_EQ(site.origin.connections(), 2U);
}

TEST(Messages, WhatAnOriginSaysBeyondItsAnswerNeverReachesTheNextClient) {
  Site site(
      [](Visit& visit) {
        // In one run: what comes only after the next request has been sent is an answer to that, for all one can tell.
        visit.connection.send(
            "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\nContent-Length: 4\r\n\r\nmine"
            "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison");
      },
      {.threads = 1});
  Connection client = site.connect();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(client.get("/" + std::to_string(i)).body, "mine");
}

TEST(Messages, WithoutAnOriginTheAnswerIsA504) {
  auto origin = std::make_unique<Origin>(answer_by_path);
  Proxy proxy({.origin = origin->url(), .listen = "127.0.0.1:0", .threads = 2});
  proxy.start();
  origin.reset();
  EXPECT_EQ(get(proxy.port(), "/").status(), 504);
}

}  // namespace
}  // namespace freshet::proxy_test
