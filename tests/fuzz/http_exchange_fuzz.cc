// Two clients, one URL and an origin, all of arbitrary fields: `status (2 bytes) | method \0 response \0 request \0
// another request \0 a later response`. Whatever they say, an answer is well-formed, and in the safe profile the second
// client never gets the first one's cookie.
#include "exchange/direct_cache.h"
#include "tests/fuzz/http_lines.h"

namespace {

using namespace freshet;
using namespace freshet::http;

void check(const exchange::Answer& answer) {
  std::size_t ages = 0;
  for (const Field& field : answer.message.fields()) {
    must(is_token(field.name) && is_field_value(field.value), "no answer is split");
    if (same_word(field.name, "Age")) ++ages;
  }
  must(answer.asked_origin || answer.message.status == 504 || answer.message.status == 400 || ages == 1,
       "what comes from the cache has one Age");
}

void run(const Rules& rules, std::uint16_t status, std::string_view method, Fields response, Fields request,
         Fields other, Fields later) {
  int calls = 0;
  exchange::DirectCache cache(rules, [&](std::string_view, Fields) {
    exchange::Message message{calls == 0 ? status : std::uint16_t{304}, {}, "0123456789"};
    message.add(calls++ == 0 ? response : later);
    must(calls < 20, "the cache asks and does not loop");
    return message;
  });
  cache.now = Instant{std::chrono::hours(24 * 365 * 56)};
  check(cache.ask({method, "http", "a", "/x", request}));
  for (const int seconds : {0, 1, 3600}) {
    cache.now += Seconds{seconds};
    const exchange::Answer answer = cache.ask({"GET", "http", "a", "/x", other});
    check(answer);
    if (rules.set_cookie != SetCookie::store && !answer.asked_origin) {
      must(!has(answer.message.fields(), "Set-Cookie"), "cookies do not cross");
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size < 2) return 0;
  const auto status = static_cast<std::uint16_t>(200 + (bytes[0] << 8 | bytes[1]) % 400);
  std::string_view rest = text_of(bytes + 2, size - 2);
  const std::string_view method = take_until(rest, '\0');
  const std::vector<Field> response = lines_of(take_until(rest, '\0'));
  const std::vector<Field> request = lines_of(take_until(rest, '\0'));
  const std::vector<Field> other = lines_of(take_until(rest, '\0'));
  const std::vector<Field> later = lines_of(rest);
  run(Rules::rfc(), status, method, response, request, other, later);
  run(Rules::safe(), status, method, response, request, other, later);
  return 0;
}
