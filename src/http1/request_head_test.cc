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
    if (head.refusal == Refusal::none) {
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

}  // namespace
}  // namespace freshet::http1
