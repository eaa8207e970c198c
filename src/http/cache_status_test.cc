#include "http/cache_status.h"

#include "http/sample_messages.h"
#include "http/structured.h"

namespace freshet::http {
namespace {

std::string text(const CacheStatus& status, std::string_view cache = "freshet") {
  std::string out;
  append_cache_status(out, cache, status);
  return out;
}

TEST(CacheStatus, FollowsTheTable) {
  struct Row {
    CacheStatus status;
    const char* text;
  };
  const Row rows[] = {
      {{Reason::hit, Seconds{376}, 0, false, false, ""}, "freshet; hit; ttl=376; detail=hit"},
      {{Reason::stale_revalidating, Seconds{-5}, 0, false, false, ""},
       "freshet; hit; ttl=-5; detail=stale_revalidating"},
      {{Reason::miss_absent, {}, 200, true, false, ""},
       "freshet; fwd=uri-miss; fwd-status=200; stored; detail=miss_absent"},
      {{Reason::miss_variant, {}, 0, false, true, ""}, "freshet; fwd=vary-miss; collapsed; detail=miss_variant"},
      {{Reason::miss_expired, {}, 304, true, false, ""},
       "freshet; fwd=stale; fwd-status=304; stored; detail=miss_expired"},
      {{Reason::miss_no_cache, {}, 304, false, false, ""}, "freshet; fwd=stale; fwd-status=304; detail=miss_no_cache"},
      {{Reason::miss_as_asked, {}, 0, false, false, ""}, "freshet; fwd=request; detail=miss_as_asked"},
      {{Reason::miss_authorization, {}, 0, false, false, ""}, "freshet; fwd=request; detail=miss_authorization"},
      {{Reason::miss_method, {}, 0, false, false, ""}, "freshet; fwd=method; detail=miss_method"},
      {{Reason::miss_range, {}, 206, false, false, ""}, "freshet; fwd=partial; fwd-status=206; detail=miss_range"},
      {{Reason::miss_store_failed, {}, 0, false, false, ""}, "freshet; fwd=miss; detail=miss_store_failed"},
      {{Reason::refused_private, {}, 200, false, false, ""},
       "freshet; fwd=miss; fwd-status=200; detail=refused_private"},
      {{Reason::miss_only_if_cached, {}, 0, false, false, ""}, "freshet; detail=miss_only_if_cached"},
      {{Reason::hit_coalesced, {}, 0, false, false, ""}, "freshet; fwd=miss; collapsed; detail=hit_coalesced"},
      {{Reason::hit, {}, 0, false, false, "http://a/\"\r\nX: y"},
       "freshet; hit; key=\"http://a/\\\"??X: y\"; detail=hit"},
      {{Reason::miss_absent, {}, 200, false, false, "", Reason::refused_set_cookie},
       "freshet; fwd=uri-miss; fwd-status=200; detail=refused_set_cookie"},
  };
  for (const Row& row : rows) EXPECT_EQ(text(row.status), row.text);
  EXPECT_EQ(text({}, "my cache"), "\"my cache\"; hit; detail=hit");
}

TEST(CacheStatus, IsAStructuredFieldWhateverTheReason) {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const Reason reason = static_cast<Reason>(i);
    // A List's member with parameters has the syntax of a Dictionary's: "k=" before it makes one.
    const std::string line = "k=" + text({reason, Seconds{-1}, 200, true, true, "k\\\""});
    DictionaryReader reader(line);
    DictionaryMember member;
    EXPECT_TRUE(reader.next(member)) << line;
    EXPECT_FALSE(reader.next(member) || reader.failed()) << line;
    // Section 2.2: "hit" and "fwd" exclude each other.
    EXPECT_FALSE(line.find("; hit;") != std::string::npos && line.find("fwd=") != std::string::npos) << line;
  }
}

}  // namespace
}  // namespace freshet::http
