#include "http1/request_head.h"

#include "http1/pieces.h"

#include <gtest/gtest.h>
#include <string>

namespace freshet::http1 {
namespace {

// A connection's buffer: grows where it is while it has room, so that reading goes on in it.
class Buffer {
 public:
  explicit Buffer(std::size_t room) { bytes_.reserve(room); }
  std::string_view add(std::string_view more) { return bytes_ += more; }

 private:
  std::string bytes_;
};

// All that a head says, as text.
std::string told(Parsed parsed, const RequestHead& head) {
  if (parsed == Parsed::incomplete) return "incomplete";
  if (parsed == Parsed::bad) return std::to_string(status(head.refusal)) + " " + std::string(word(head.refusal));
  const char* const forms[] = {"origin", "absolute", "authority", "asterisk"};
  const char* const framings[] = {"none", "length", "chunked", "until_close"};
  std::string text = std::string(head.method) + "|" + std::string(head.target) + "|" +
                     forms[static_cast<int>(head.form)] + "|" + std::string(head.authority) + "|" +
                     std::string(head.path_and_query) + "|1." + std::to_string(head.minor_version) + "|" +
                     framings[static_cast<int>(head.body.framing)] + "|" + std::to_string(head.body.length_bytes);
  if (head.keep_alive) text += "|keep";
  if (head.expects_continue) text += "|expects";
  if (head.upgrade) text += "|upgrade";
  for (const http::Field& field : head.fields()) {
    text += "|" + std::string(field.name) + "=" + std::string(field.value);
  }
  return text;
}

std::string read(const Pieces& pieces, const Limits& limits, RequestHead& head) {
  std::size_t room = 0;
  for (const auto piece : pieces) room += piece.size();
  Buffer buffer(room);
  Parsed parsed = Parsed::incomplete;
  for (const std::string_view piece : pieces) {
    parsed = parse_request(buffer.add(piece), limits, head);
    // Told while the buffer lives.
    if (parsed != Parsed::incomplete) return told(parsed, head);
  }
  head.restart();
  return told(parsed, head);
}

void expect(std::string_view bytes, std::string_view expected, const Limits& limits = {}) {
  RequestHead head;
  each_split(bytes, [&](const Pieces& pieces) {
    EXPECT_EQ(read(pieces, limits, head), expected) << bytes << to_string(pieces);
    if (head.refusal == Refusal::none && expected != "incomplete") {
      EXPECT_EQ(head.head_bytes, bytes.find("\r\n\r\n") + 4) << bytes;
    }
  });
}

TEST(RequestHead, SaysWhatWasAskedForWhateverThePiecesItCameIn) {
  expect("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET|/|origin|a|/|1.1|none|0|keep|Host=a");
  expect("GET /a/b?c=%20#d HTTP/1.1\r\nHost: a\r\n\r\n", "400 fragment_in_target");
  expect(
      "POST /f?x HTTP/1.1\r\nhost:\t example.org:8080 \t\r\nContent-Length: 005\r\nExpect: 100-Continue\r\n\r\nhello",
      "POST|/f?x|origin|example.org:8080|/f?x|1.1|length|5|keep|expects|host=example.org:8080|Content-Length=005|"
      "Expect=100-Continue");
  expect("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\nConnection: x, Close\r\n\r\n",
         "PUT|/|origin|a|/|1.1|chunked|0|Host=a|Transfer-Encoding=Chunked|Connection=x, Close");
  expect("GET / HTTP/1.0\r\n\r\n", "GET|/|origin||/|1.0|none|0");
  expect("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\nX:\r\n\r\n",
         "GET|/|origin||/|1.0|none|0|keep|Connection=Keep-Alive|X=");
  expect("\r\nGET / HTTP/1.1\r\nHost: [::1]:80\r\nUpgrade: websocket\r\n\r\n",
         "GET|/|origin|[::1]:80|/|1.1|none|0|keep|upgrade|Host=[::1]:80|Upgrade=websocket");
  expect("GET HTTP://A.example:80 HTTP/1.1\r\nHost: a.Example\r\n\r\n",
         "GET|HTTP://A.example:80|absolute|A.example:80|/|1.1|none|0|keep|Host=a.Example");
  expect("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", "OPTIONS|*|asterisk|a|*|1.1|none|0|keep|Host=a");
  expect("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n", "CONNECT|a:443|authority|a:443||1.1|none|0|keep|Host=a:443");
}

TEST(RequestHead, LimitsAreReachedExactly) {
  Limits limits;
  limits.most_target_bytes = 4;
  expect("GET /abc HTTP/1.0\r\n\r\n", "GET|/abc|origin||/abc|1.0|none|0", limits);
  expect("GET /abcd HTTP/1.0\r\n\r\n", "414 target_too_long", limits);
  // Nobody waits for the end of a target that is too long already.
  expect("GET /abcd", "414 target_too_long", limits);
  limits = {};
  limits.most_fields = 2;
  expect("GET / HTTP/1.0\r\nA: b\r\nC: d\r\n\r\n", "GET|/|origin||/|1.0|none|0|A=b|C=d", limits);
  expect("GET / HTTP/1.0\r\nA: b\r\nC: d\r\nE: f\r\n", "431 too_many_fields", limits);
  limits = {};
  limits.most_head_bytes = 24;
  expect("GET / HTTP/1.0\r\nA: b\r\n\r\n", "GET|/|origin||/|1.0|none|0|A=b", limits);
  expect("GET / HTTP/1.0\r\nA: bc\r\n\r\n", "431 head_too_large", limits);
  expect("GET / HTTP/1.0\r\nA: bcdef", "431 head_too_large", limits);
  expect("GET / HTTP/1.0\r\nA: bcde", "incomplete", limits);
  expect("GET /345678901234567890123", "431 head_too_large", limits);
}

TEST(RequestHead, LinesThatAreWholeAreNotReadAgainAndTheOthersAre) {
  std::string grown;
  grown.reserve(100);
  grown = "GET / HTTP/1.1\r\nHost: a\r\nX: first";
  RequestHead head;
  ASSERT_EQ(parse_request(grown, {}, head), Parsed::incomplete);
  // What would be refused, were it read once more. The line that was not whole may still change its end.
  grown.replace(0, 1, "(");
  grown += "-and-more\r\n\r\n";
  ASSERT_EQ(parse_request(grown, {}, head), Parsed::complete);
  EXPECT_EQ(head.fields()[1].value, "first-and-more");
  EXPECT_EQ(head.fields()[1].name.data(), grown.data() + grown.find("X: "));
}

TEST(RequestHead, ABufferThatMovesWhileAHeadComesInIsReadFromItsBeginning) {
  const std::string message = "GET /a HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
  RequestHead head;
  std::vector<std::string> places(message.size());
  for (std::size_t size = 0; size < message.size(); ++size) {
    places[size] = message.substr(0, size);
    ASSERT_EQ(parse_request(places[size], {}, head), Parsed::incomplete) << size;
    // Nothing may be left that points there.
    places[size].assign(size, '?');
  }
  ASSERT_EQ(parse_request(message, {}, head), Parsed::complete);
  EXPECT_EQ(head.path_and_query, "/a");
  EXPECT_EQ(head.authority, "a");
  EXPECT_EQ(head.fields().size(), 2U);
}

TEST(RequestHead, OneHeadReadsMessageAfterMessageInOneBuffer) {
  RequestHead head;
  std::string buffer = "GET /1 HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n";
  ASSERT_EQ(parse_request(buffer, {}, head), Parsed::complete);
  const http::Field* const table = head.fields().data();
  buffer.replace(5, 1, "2");
  ASSERT_EQ(parse_request(buffer, {}, head), Parsed::complete);
  EXPECT_EQ(head.target, "/2");
  EXPECT_EQ(head.fields().size(), 2U);
  EXPECT_EQ(head.fields().data(), table);
  // Another connection, whose predecessor ended in the middle of a head.
  ASSERT_EQ(parse_request(std::string_view(buffer).substr(0, 30), {}, head), Parsed::incomplete);
  head.restart();
  buffer.replace(0, 3, "PUT");
  ASSERT_EQ(parse_request(buffer, {}, head), Parsed::complete);
  EXPECT_EQ(head.method, "PUT");
  // And after one that was refused.
  ASSERT_EQ(parse_request("(", {}, head), Parsed::bad);
  ASSERT_EQ(parse_request(buffer, {}, head), Parsed::complete);
  EXPECT_EQ(head.refusal, Refusal::none);
}

TEST(RequestHead, AllBytesOfAHeadMayBeTheLastOnesThatCame) {
  const std::string message = "OPTIONS http://a:80/?q HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n";
  RequestHead head;
  for (std::size_t size = 0; size < message.size(); ++size) {
    EXPECT_EQ(parse_request(std::string_view(message).substr(0, size), {}, head), Parsed::incomplete) << size;
    head.restart();
  }
  // Nobody waits for a body that was not announced.
  EXPECT_EQ(parse_request(message, {}, head), Parsed::complete);
  EXPECT_FALSE(head.expects_continue);
}

TEST(RequestHead, NobodyWaitsForMoreOfWhatIsAlreadyWrong) {
  for (const std::string_view bytes :
       {"\n", "\r\n\r", "GET\t", "GET  ", "GET /\t", "GET / X", "GET / HTTP/2.0", "GET / HTTP/1.1\n",
        "GET / HTTP/1.1\r\n ", "GET / HTTP/1.1\r\n:", "GET / HTTP/1.1\r\nA ", "GET / HTTP/1.1\r\nA: b\n",
        "GET / HTTP/1.1\r\nA: b\r\n ", "GET / HTTP/1.1\r\nA: b\rc", "GET / HTTP/1.1\r\nA\r"}) {
    RequestHead head;
    EXPECT_EQ(parse_request(bytes, {}, head), Parsed::bad) << bytes;
  }
}

TEST(RequestHead, EveryRefusalHasAStatusAndASentence) {
  for (const RefusalRow& row : kRefusals) {
    EXPECT_EQ(&row_of(row.refusal), &row);
    EXPECT_EQ(row.refusal == Refusal::none, row.status == 0);
    EXPECT_TRUE(row.status == 0 || (row.status >= 400 && row.status <= 599)) << row.word;
    EXPECT_TRUE(row.sentence.ends_with('.')) << row.word;
  }
}

}  // namespace
}  // namespace freshet::http1
