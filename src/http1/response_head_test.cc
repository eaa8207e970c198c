#include "http1/response_head.h"

#include "http1/pieces.h"

#include <gtest/gtest.h>
#include <string>

namespace freshet::http1 {
namespace {

// All that a head says, as text.
std::string told(Parsed parsed, const ResponseHead& head) {
  if (parsed == Parsed::incomplete) return "incomplete";
  if (parsed == Parsed::bad) return std::string(word(head.refusal));
  const char* const framings[] = {"none", "length", "chunked", "until_close"};
  std::string text = std::to_string(head.status) + "|" + std::string(head.reason_phrase) + "|1." +
                     std::to_string(head.minor_version) + "|" + framings[static_cast<int>(head.body.framing)] + "|" +
                     std::to_string(head.body.length_bytes);
  if (head.keep_alive) text += "|keep";
  if (head.upgrade) text += "|upgrade";
  if (head.is_interim()) text += "|interim";
  for (const http::Field& field : head.fields()) text += "|" + std::string(field.name) + "=" + std::string(field.value);
  return text;
}

void expect(std::string_view method, std::string_view bytes, std::string_view expected, const Limits& limits = {}) {
  ResponseHead head;
  each_split(bytes, [&](const Pieces& pieces) {
    std::string buffer;
    buffer.reserve(bytes.size());
    std::string what = "incomplete";
    for (std::size_t i = 0; i < pieces.size() && what == "incomplete"; ++i) {
      buffer += pieces[i];
      what = told(parse_response(buffer, method, limits, head), head);
    }
    EXPECT_EQ(what, expected) << bytes << to_string(pieces);
    if (head.refusal == Refusal::none && what != "incomplete") {
      EXPECT_EQ(head.head_bytes, bytes.find("\r\n\r\n") + 4) << bytes;
    }
    head.restart();
  });
}

TEST(ResponseHead, SaysWhereTheBodyEndsByMethodStatusAndFields) {
  expect("GET", "HTTP/1.1 200 OK\r\n\r\n", "200|OK|1.1|until_close|0");
  expect("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200|OK|1.1|length|5|keep|Content-Length=5");
  expect("GET", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200|OK|1.1|length|0|keep|Content-Length=0");
  expect("GET", "HTTP/1.1 200 \r\nTransfer-Encoding: chunked\r\n\r\n",
         "200||1.1|chunked|0|keep|Transfer-Encoding=chunked");
  expect("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200|OK|1.1|none|0|keep|Content-Length=5");
  expect("HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
         "200|OK|1.1|none|0|keep|Transfer-Encoding=chunked");
  expect("HEAD", "HTTP/1.1 200 OK\r\n\r\n", "200|OK|1.1|none|0|keep");
  // Methods have a case: this is another one.
  expect("head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200|OK|1.1|length|5|keep|Content-Length=5");
  expect("GET", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
         "304|Not Modified|1.1|none|0|keep|Content-Length=5");
  expect("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
         "204|No Content|1.1|none|0|keep|Content-Length=0");
  expect("GET", "HTTP/1.1 205 Reset\r\nContent-Length: 5\r\n\r\n", "205|Reset|1.1|length|5|keep|Content-Length=5");
  expect("GET", "HTTP/1.1 100 Continue\r\n\r\n", "100|Continue|1.1|none|0|keep|interim");
  expect("GET", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n", "101|Switching|1.1|none|0|upgrade|Upgrade=x");
  expect("CONNECT", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "200|OK|1.1|until_close|0|Content-Length=5");
  expect("CONNECT", "HTTP/1.1 405 No\r\nContent-Length: 5\r\n\r\n", "405|No|1.1|length|5|keep|Content-Length=5");
}

TEST(ResponseHead, KeepsAConnectionOnlyWhereTheOriginLetsItAndTheEndIsCertain) {
  expect("GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\n", "200|OK|1.0|length|5|Content-Length=5");
  expect("GET", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: Keep-Alive\r\n\r\n",
         "200|OK|1.0|length|5|keep|Content-Length=5|Connection=Keep-Alive");
  expect("GET", "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\n\r\n", "200|OK|1.0|until_close|0|Connection=keep-alive");
  expect("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: x\r\nconnection: y,CLOSE\r\n\r\n",
         "200|OK|1.1|length|5|Content-Length=5|Connection=x|connection=y,CLOSE");
  expect("GET", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n", "204|No|1.1|none|0|Content-Length=5");
  expect("GET", "HTTP/1.1 103 Hints\r\nTransfer-Encoding: chunked\r\n\r\n",
         "103|Hints|1.1|none|0|interim|Transfer-Encoding=chunked");
}

TEST(ResponseHead, WhatDoesNoHarmPasses) {
  expect("GET", "HTTP/1.1 200\r\nContent-Length: 1\r\n\r\n", "200||1.1|length|1|keep|Content-Length=1");
  expect("GET", "HTTP/1.1 200  a\tb \xff\r\nContent-Length \t: 1\r\n\r\n",
         "200| a\tb \xff|1.1|length|1|keep|Content-Length=1");
  expect("GET", "HTTP/1.1 200 OK\r\nContent_Length: 1\r\nContent-Length: 2\r\n\r\n",
         "200|OK|1.1|length|2|keep|Content_Length=1|Content-Length=2");
  expect("GET", "HTTP/1.7 200 OK\r\nContent-Length: 1\r\n\r\n", "200|OK|1.7|length|1|keep|Content-Length=1");
}

TEST(ResponseHead, AnUnknownCodingEndsWithTheConnectionWhereThatIsAllowed) {
  const std::string_view coded = "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n";
  expect("GET", coded, "unknown_transfer_coding");
  Limits limits;
  limits.unknown_response_codings = true;
  expect("GET", coded, "200|OK|1.1|until_close|0|Transfer-Encoding=gzip", limits);
  expect("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: gzip\r\n\r\n", "length_and_chunked",
         limits);
}

TEST(ResponseHead, WhatLeavesADoubtIsRefused) {
  expect("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", "content_length_repeated");
  expect("GET", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", "length_and_chunked");
  expect("GET", "HTTP/1.1 304 OK\r\nContent-Length: x\r\n\r\n", "bad_content_length");
  expect("GET", "HTTP/1.1 200\tOK\r\n\r\n", "bad_status");
  expect("GET", "HTTP/1.1  200 OK\r\n\r\n", "bad_status");
  expect("GET", "HTTP/1.1 099 OK\r\n\r\n", "bad_status");
  expect("GET", "HTTP/1.1\r\n\r\n", "bad_version");
  expect("GET", "ICY 200 OK\r\n\r\n", "bad_version");
  expect("GET", "HTTP/1.1 200 OK\nContent-Length: 5\r\n\r\n", "bare_lf");
  expect("GET", "HTTP/1.1 200 OK\r\nA b: c\r\n\r\n", "bad_field_name");
  expect("GET", "HTTP/1.1 200 OK\r\nA \r\n\r\n", "bad_field_name");
  Limits limits;
  limits.most_head_bytes = 20;
  expect("GET", "HTTP/1.1 200 OK\r\nA: bcd\r\n\r\n", "head_too_large", limits);
}

}  // namespace
}  // namespace freshet::http1
