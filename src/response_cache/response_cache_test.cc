#include "response_cache/sample_views.h"

#include <stdexcept>

namespace freshet::response_cache {
namespace {

using namespace std::chrono_literals;

std::string field(const HttpAnswer& answer, std::string_view name) {
  return std::string(answer.response.field(name).value_or("(none)"));
}

TEST(ResponseCache, AHitDoesNotCallTheHandler) {
  Views site;
  const HttpAnswer first = site.ask();
  EXPECT_EQ(first.reason, Reason::miss_absent);
  EXPECT_EQ(first.stored, Reason::stored);
  EXPECT_TRUE(first.is_from_handler);
  site.clock->advance(59s);
  const HttpAnswer second = site.ask();
  EXPECT_EQ(site.calls, 1);
  EXPECT_EQ(second.reason, Reason::hit);
  EXPECT_FALSE(second.is_from_handler);
  EXPECT_EQ(second.response.body, "hello");
  EXPECT_EQ(field(second, "Age"), "59");
  EXPECT_EQ(field(second, "Cache-Status"), "freshet; hit; ttl=1; detail=hit");
  EXPECT_EQ(field(second, "Freshet-Cache-Control"), "(none)");
  site.clock->advance(1s);
  EXPECT_EQ(site.ask().reason, Reason::miss_expired);
  EXPECT_EQ(site.calls, 2);
}

TEST(ResponseCache, ATtlBeginsWhenASlowHandlerHasAnswered) {
  Views site;
  site.make = [&](const HttpRequest&) {
    site.clock->advance(90s);
    return page();
  };
  EXPECT_EQ(site.ask().stored, Reason::stored);
  site.clock->advance(59s);
  EXPECT_EQ(site.ask().reason, Reason::hit);
}

TEST(ResponseCache, AnswersConditionsWithoutTheHandler) {
  Views site;
  const std::string tag = field(site.ask(), "ETag");
  ASSERT_TRUE(tag.starts_with('"')) << "strong";
  const HttpAnswer same = site.ask("/page", {{"If-None-Match", tag}});
  EXPECT_EQ(same.response.status, 304);
  EXPECT_EQ(same.response.body, "");
  EXPECT_EQ(field(same, "ETag"), tag);
  EXPECT_EQ(site.ask("/page", {{"If-None-Match", "\"other\""}}).response.status, 200);
  EXPECT_EQ(site.calls, 1);
}

TEST(ResponseCache, AnswersIfModifiedSinceWithoutTheHandler) {
  Views site;
  site.make = [](const HttpRequest&) { return page("x", {{"Last-Modified", "Sat, 01 Jan 2000 00:00:00 GMT"}}); };
  site.ask();
  const auto since = [&](const char* date) { return site.ask("/page", {{"If-Modified-Since", date}}).response.status; };
  EXPECT_EQ(since("Sat, 01 Jan 2000 00:00:00 GMT"), 304);
  EXPECT_EQ(since("Fri, 31 Dec 1999 00:00:00 GMT"), 200);
  EXPECT_EQ(site.calls, 1);
}

TEST(ResponseCache, AConditionOnAColdPageIsAnsweredFromWhatTheHandlerMade) {
  Views site;
  const std::string tag = field(site.ask(), "ETag");
  site.views.erase(get(), site.route);
  const HttpAnswer cold = site.ask("/page", {{"If-None-Match", tag}});
  EXPECT_EQ(cold.response.status, 304);
  EXPECT_EQ(cold.stored, Reason::stored);
  EXPECT_FALSE(site.last_seen.field("If-None-Match")) << "the handler makes whole pages";
  EXPECT_EQ(site.ask().response.body, "hello");
}

TEST(ResponseCache, EqualBodiesOfOtherTypesHaveOtherTags) {
  Views site;
  site.make = [](const HttpRequest& seen) { return page("{}", {{"Content-Type", seen.target.substr(1)}}); };
  EXPECT_NE(field(site.ask("/text/plain"), "ETag"), field(site.ask("/application/json"), "ETag"));
}

TEST(ResponseCache, HeadIsAnsweredFromGetAndFillsForGet) {
  Views site;
  HttpRequest head = get();
  head.method = "HEAD";
  const HttpAnswer first = site.ask(head);
  EXPECT_EQ(site.last_seen.method, "GET") << "a handler that saves itself the body of HEAD would spoil the page";
  EXPECT_EQ(first.response.body.size(), 5u);
  EXPECT_EQ(site.ask().response.body, "hello");
  EXPECT_EQ(site.ask(head).reason, Reason::hit);
  EXPECT_EQ(site.calls, 1);
}

TEST(ResponseCache, CutsRangesFromTheStoredBody) {
  Views site;
  site.make = [](const HttpRequest&) { return page("0123456789", {{"Content-Type", "text/plain"}}); };
  const std::string tag = field(site.ask(), "ETag");
  struct Row {
    std::vector<HttpField> asked;
    int status;
    const char* body;
    const char* range;
  };
  const Row rows[] = {
      {{{"Range", "bytes=2-4"}}, 206, "234", "bytes 2-4/10"},
      {{{"Range", "bytes=-3"}}, 206, "789", "bytes 7-9/10"},
      {{{"Range", "bytes=10-"}}, 416, "", "bytes */10"},
      {{{"Range", "bytes=2-4"}, {"If-Range", tag}}, 206, "234", "bytes 2-4/10"},
      {{{"Range", "bytes=2-4"}, {"If-Range", "\"old\""}}, 200, "0123456789", "(none)"},
      {{{"Range", "lines=1-2"}}, 200, "0123456789", "(none)"},
  };
  for (const Row& row : rows) {
    const HttpAnswer got = site.ask("/page", row.asked);
    EXPECT_EQ(got.response.status, row.status) << row.asked[0].value;
    EXPECT_EQ(got.response.body, row.body) << row.asked[0].value;
    EXPECT_EQ(field(got, "Content-Range"), row.range) << row.asked[0].value;
  }
  const HttpAnswer two = site.ask("/page", {{"Range", "bytes=0-1,8-9"}});
  EXPECT_EQ(two.response.status, 206);
  EXPECT_TRUE(field(two, "Content-Type").starts_with("multipart/byteranges; boundary="));
  EXPECT_NE(two.response.body.find("\r\n\r\n89\r\n"), std::string::npos) << two.response.body;
  EXPECT_EQ(site.calls, 1);
}

TEST(ResponseCache, WhatIsNotSafeToStoreIsNotUnlessTheRouteSaysSo) {
  struct Row {
    const char* what;
    HttpResponse made;
    std::vector<HttpField> asked;
    Reason refused;
    void (*allow)(Route&);
  };
  const Row rows[] = {
      {"a cookie",
       page("x", {{"Set-Cookie", "id=1"}}),
       {},
       Reason::refused_set_cookie,
       [](Route& route) { route.may_store_set_cookie = true; }},
      {"credentials",
       page(),
       {{"Authorization", "Basic eA=="}},
       Reason::refused_authorization,
       [](Route& route) { route.may_store_authorized = true; }},
      {"private",
       page("x", {{"Cache-Control", "private, max-age=60"}}),
       {},
       Reason::refused_private,
       [](Route& route) { route.may_store_private = true; }},
      {"no-store",
       page("x", {{"Cache-Control", "no-store"}}),
       {},
       Reason::refused_no_store,
       [](Route& route) { route.may_store_private = true; }},
      {"no-store for CDNs",
       page("x", {{"CDN-Cache-Control", "no-store"}}),
       {},
       Reason::refused_no_store,
       [](Route& route) { route.may_store_private = true; }},
      {"not found",
       page("x", {}, 404),
       {},
       Reason::refused_status,
       [](Route& route) { route.may_store_errors = true; }},
      {"gone", page("x", {}, 410), {}, Reason::refused_status, [](Route& route) { route.may_store_errors = true; }},
      {"forbidden",
       page("x", {}, 403),
       {},
       Reason::refused_status,
       [](Route& route) { route.may_store_errors = true; }},
      {"broken", page("x", {}, 500), {}, Reason::refused_status, [](Route& route) { route.may_store_errors = true; }},
      {"a private error",
       page("x", {{"Cache-Control", "private"}}, 500),
       {},
       Reason::refused_status,
       [](Route& route) { route.may_store_errors = route.may_store_private = true; }},
  };
  for (const Row& row : rows) {
    Views site;
    site.make = [&](const HttpRequest&) { return row.made; };
    for (int i = 1; i <= 2; ++i) {
      const HttpAnswer got = site.ask("/page", row.asked);
      EXPECT_EQ(got.response.status, row.made.status) << row.what;
      EXPECT_EQ(name(got.stored.value_or(Reason::hit)), name(row.refused)) << row.what;
      EXPECT_NE(field(got, "Cache-Status").find("detail=" + std::string(name(row.refused))), std::string::npos)
          << row.what << ": " << field(got, "Cache-Status");
      EXPECT_EQ(site.calls, i) << row.what;
    }
    row.allow(site.route);
    EXPECT_EQ(site.ask("/page", row.asked).stored, Reason::stored) << row.what;
    EXPECT_EQ(site.ask("/page", row.asked).reason, Reason::hit) << row.what;
    EXPECT_EQ(site.calls, 3) << row.what;
  }
}

TEST(ResponseCache, OtherRefusalsHaveTheirReasonsToo) {
  struct Row {
    const char* what;
    HttpResponse made;
    std::optional<std::chrono::seconds> ttl;
    Reason refused;
  };
  HttpResponse streamed = page("");
  streamed.is_streamed = true;
  const Row rows[] = {
      {"the request's no-store", page(), 60s, Reason::refused_no_store},
      {"a value that would begin a new line", page("x", {{"X-Name", "a\r\nSet-Cookie: b=c"}}), 60s,
       Reason::refused_bad_field},
      {"a name that is none", page("x", {{"X Name", "a"}}), 60s, Reason::refused_bad_field},
      {"a body that comes later", streamed, 60s, Reason::refused_by_loader},
      {"Vary: *", page("x", {{"Vary", "*"}}), 60s, Reason::refused_vary},
      {"no ttl", page(), 0s, Reason::refused_zero_ttl},
      {"nobody says anything", page(), std::nullopt, Reason::refused_no_freshness},
      {"a lifetime of zero", page("x", {{"Cache-Control", "max-age=0"}}), std::nullopt, Reason::refused_useless},
      {"no-cache where the route leaves it to the answer", page("x", {{"Cache-Control", "no-cache, max-age=60"}}),
       std::nullopt, Reason::refused_useless},
      {"a 304 to a condition that nobody made", page("", {}, 304), 60s, Reason::refused_status},
      {"a part that nobody asked for", page("x", {{"Content-Range", "bytes 0-0/9"}}, 206), 60s, Reason::refused_status},
  };
  for (const Row& row : rows) {
    Views site;
    site.route.ttl = row.ttl;
    site.make = [&](const HttpRequest&) { return row.made; };
    const bool by_request = row.what == rows[0].what;
    const HttpAnswer got = site.ask(
        "/page", by_request ? std::vector<HttpField>{{"Cache-Control", "no-store"}} : std::vector<HttpField>{});
    EXPECT_EQ(name(got.stored.value_or(Reason::hit)), name(row.refused)) << row.what;
    EXPECT_EQ(got.response.status, row.made.status) << row.what;
    for (const HttpField& one : got.response.fields) {
      EXPECT_EQ(one.value.find('\n'), std::string::npos) << row.what;
      EXPECT_EQ(one.name.find(' '), std::string::npos) << row.what;
    }
    site.make = [](const HttpRequest&) { return page("x", {{"Cache-Control", "max-age=60"}}); };
    site.route.ttl = 60s;
    EXPECT_EQ(site.ask().reason, Reason::miss_absent) << row.what;
  }
}

TEST(ResponseCache, WhatIsSaidToBrowsersDoesNotBindARouteWithATtl) {
  for (const char* control : {"no-cache", "max-age=0, must-revalidate", "public, max-age=10", "s-maxage=1"}) {
    Views site;
    site.make = [&](const HttpRequest&) { return page("x", {{"Cache-Control", control}}); };
    site.ask();
    site.clock->advance(59s);
    const HttpAnswer hit = site.ask();
    EXPECT_EQ(hit.reason, Reason::hit) << control;
    EXPECT_EQ(field(hit, "Cache-Control"), control);
  }
}

TEST(ResponseCache, WithoutATtlTheAnswersOwnFreshnessCounts) {
  Views site;
  site.route.ttl.reset();
  site.make = [](const HttpRequest&) { return page("x", {{"Cache-Control", "max-age=10"}}); };
  site.ask();
  site.clock->advance(9s);
  EXPECT_EQ(site.ask().reason, Reason::hit);
  site.clock->advance(1s);
  EXPECT_EQ(site.ask().reason, Reason::miss_expired);
}

TEST(ResponseCache, AHandlerMaySpeakToThisCacheAlone) {
  Views site;
  site.make = [](const HttpRequest&) { return page("x", {{"Freshet-Cache-Control", "max-age=5"}}); };
  EXPECT_EQ(field(site.ask(), "Freshet-Cache-Control"), "(none)");
  site.clock->advance(5s);
  EXPECT_EQ(site.ask().reason, Reason::miss_expired);
}

TEST(ResponseCache, TellsBrowsersAndCdnsWhatTheRouteSaysWithWhatIsStoredOnly) {
  Views site;
  site.route.browsers = CacheControl{.is_public = true, .max_age = 10s};
  site.route.cdns = CacheControl{.max_age = 600s};
  EXPECT_EQ(field(site.ask(), "Cache-Control"), "public, max-age=10");
  EXPECT_EQ(field(site.ask(), "CDN-Cache-Control"), "max-age=600");
  site.make = [](const HttpRequest&) { return page("x", {{"Set-Cookie", "id=1"}}); };
  const HttpAnswer own = site.ask("/own");
  EXPECT_EQ(field(own, "Cache-Control"), "(none)");
  EXPECT_EQ(field(own, "CDN-Cache-Control"), "(none)");
}

TEST(ResponseCache, InvalidatingATagForgetsAndFencesWhatIsBeingMade) {
  Views site;
  site.route.tags = {"products"};
  site.route.tags_of = [](const HttpRequest& seen, const HttpResponse&) {
    return std::vector<std::string>{"page:" + std::string(seen.path())};
  };
  site.make = [](const HttpRequest&) { return page("x", {{"Surrogate-Key", "a b"}}); };
  for (const char* tag : {"products", "page:/page", "a", "b"}) {
    site.ask();
    ASSERT_EQ(site.ask().reason, Reason::hit) << tag;
    site.cache.invalidate_tag(tag);
    EXPECT_EQ(site.ask().reason, Reason::miss_invalidated) << tag;
  }
  for (const char* tag : {"products", "page:/other"}) {
    site.make = [&](const HttpRequest&) {
      site.cache.invalidate_tag(tag);
      return page("read before");
    };
    const HttpAnswer got = site.ask("/other");
    EXPECT_EQ(got.stored, Reason::refused_invalidated) << tag;
    EXPECT_EQ(got.response.body, "read before") << "its caller still gets it";
  }
  site.make = [](const HttpRequest&) { return page("read after"); };
  EXPECT_EQ(site.ask("/other").response.body, "read after");
}

TEST(ResponseCache, ErasingAPageFencesItToo) {
  Views site;
  site.make = [&](const HttpRequest&) {
    site.views.erase(get(), site.route);
    return page();
  };
  EXPECT_EQ(site.ask().stored, Reason::refused_key_changed);
  EXPECT_EQ(site.ask().reason, Reason::miss_absent);
}

TEST(ResponseCache, TheNamespaceIsClearedAlone) {
  Views site;
  site.cache.set("key", 1);
  site.ask();
  site.cache.namespaced("views").clear();
  EXPECT_EQ(site.ask().reason, Reason::miss_invalidated);
  EXPECT_TRUE(site.cache.get<int>("key"));
}

TEST(ResponseCache, ServesStaleWhileOneRefreshRunsInTheBackground) {
  Views site;
  site.route.stale_while_revalidate = 30s;
  site.make = [&](const HttpRequest&) { return page(std::to_string(site.calls)); };
  site.ask();
  site.clock->advance(60s);
  for (int i = 0; i < 5; ++i) {
    const HttpAnswer stale = site.ask();
    EXPECT_EQ(stale.reason, Reason::stale_revalidating);
    EXPECT_EQ(stale.response.body, "1");
  }
  EXPECT_EQ(site.calls, 1) << "nobody waited";
  EXPECT_EQ(site.executor->run_all(), 1u) << "one refresh for five visitors";
  EXPECT_EQ(site.calls, 2);
  const HttpAnswer fresh = site.ask();
  EXPECT_EQ(fresh.reason, Reason::hit);
  EXPECT_EQ(fresh.response.body, "2");
  site.clock->advance(90s);
  EXPECT_EQ(site.ask().reason, Reason::miss_expired) << "past the span somebody waits";
}

TEST(ResponseCache, ARequestWithUndeclaredCredentialsIsServedWhatIsPublicAndRefreshesNothing) {
  Views site;
  site.route.stale_while_revalidate = 30s;
  site.make = [](const HttpRequest&) { return page("x", {{"Cache-Control", "public"}}); };
  const std::vector<HttpField> credentials = {{"Authorization", "Basic eA=="}};
  EXPECT_EQ(site.ask("/page", credentials).stored, Reason::refused_authorization);
  site.ask();
  EXPECT_EQ(site.ask("/page", credentials).reason, Reason::hit);
  site.clock->advance(61s);
  EXPECT_EQ(site.ask("/page", credentials).reason, Reason::stale_revalidating);
  EXPECT_EQ(site.executor->waiting(), 0u);
  site.make = [](const HttpRequest&) { return page("x"); };
  site.ask("/other");
  EXPECT_EQ(site.ask("/other", credentials).reason, Reason::miss_authorization);
}

TEST(ResponseCache, ARefreshThatFailsOrIsDroppedLeavesTheNextVisitorToTry) {
  Views site;
  site.route.stale_while_revalidate = 30s;
  site.ask();
  site.clock->advance(60s);
  site.make = [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("down"); };
  site.ask();
  EXPECT_EQ(site.executor->run_all(), 1u);
  EXPECT_EQ(site.ask().reason, Reason::stale_revalidating);
  site.executor->drop_all();
  site.make = [](const HttpRequest&) { return page("new"); };
  site.ask();
  EXPECT_EQ(site.executor->run_all(), 1u);
  EXPECT_EQ(site.ask().response.body, "new");
}

TEST(ResponseCache, WithoutABackgroundWhoeverFindsItStaleCallsTheHandler) {
  Views site;
  site.route.stale_while_revalidate = 30s;
  const HttpHandler handler = [&](const HttpRequest&) { return page(std::to_string(++site.calls)); };
  site.views.answer(get(), site.route, handler, nullptr);
  site.clock->advance(60s);
  EXPECT_EQ(site.views.answer(get(), site.route, handler, nullptr).response.body, "2");
  EXPECT_EQ(site.executor->waiting(), 0u);
}

TEST(ResponseCache, AStaleAnswerStandsInForAHandlerThatFails) {
  for (const int status : {0, 500, 502, 503, 504}) {
    Views site;
    site.route.stale_if_error = 300s;
    site.ask();
    site.clock->advance(100s);
    site.make = [&](const HttpRequest&) {
      if (status == 0) throw std::runtime_error("database locked");
      return page("broken", {{"Cache-Control", "no-store"}}, status);
    };
    const HttpAnswer got = site.ask();
    EXPECT_EQ(got.reason, Reason::stale_on_error) << status;
    EXPECT_EQ(got.response.body, "hello") << status;
    site.clock->advance(260s);
    if (status == 0) {
      EXPECT_THROW(site.ask(), std::runtime_error);
    } else {
      EXPECT_EQ(site.ask().response.status, status);
    }
  }
}

TEST(ResponseCache, APageThatIsGoneDoesNotComeBackForAFailure) {
  Views site;
  site.route.stale_if_error = 300s;
  site.ask();
  site.clock->advance(100s);
  site.make = [](const HttpRequest&) { return page("gone", {}, 410); };
  EXPECT_EQ(site.ask().response.status, 410);
  site.make = [](const HttpRequest&) { return page("broken", {}, 500); };
  EXPECT_EQ(site.ask().response.status, 500);
}

TEST(ResponseCache, AUsersPageIsNeverAnothers) {
  Views site;
  site.route.user = [](const HttpRequest& request) { return request.cookie("who"); };
  site.make = [](const HttpRequest& seen) {
    return page("for " + seen.cookie("who").value_or("everybody"), {{"Cache-Control", "private"}});
  };
  const auto as = [&](const char* who) {
    return site.ask("/page", {{"Cookie", who}, {"Authorization", "Basic eA=="}});
  };
  for (int i = 0; i < 2; ++i) {
    for (const char* who : {"ada", "bob", "ada|u=bob", "", "a%7Cb"}) {
      const HttpAnswer got = as((std::string("who=") + who).c_str());
      EXPECT_EQ(got.response.body, std::string("for ") + who);
      EXPECT_EQ(got.reason, i == 0 ? Reason::miss_absent : Reason::hit) << who;
    }
  }
  const HttpAnswer nobody = site.ask();
  EXPECT_EQ(nobody.response.body, "for everybody");
  EXPECT_EQ(nobody.stored, Reason::refused_private) << "without a user the cache is everybody's";
}

TEST(ResponseCache, TellsTheCachesOnTheWayWhatTheAnswerDependsOn) {
  Views site;
  site.route.user = [](const HttpRequest& request) { return request.cookie("who"); };
  EXPECT_EQ(field(site.ask(), "Cache-Control"), "private, no-cache");
  site.route.user = nullptr;
  site.route.headers = {"X-Tenant"};
  site.route.cookies = {"theme"};
  site.route.languages = {"en", "de"};
  EXPECT_EQ(field(site.ask(), "Vary"), "X-Tenant, Cookie, Accept-Language");
  const HttpAnswer same = site.ask("/page", {{"If-None-Match", "*"}});
  EXPECT_EQ(same.response.status, 304);
  EXPECT_EQ(field(same, "Vary"), "X-Tenant, Cookie, Accept-Language");
}

TEST(ResponseCache, ObeysTheHandlersVary) {
  Views site;
  site.make = [](const HttpRequest& seen) {
    return page(std::string(seen.field("User-Agent").value_or("")), {{"Vary", "User-Agent"}});
  };
  for (const char* agent : {"a", "b", "a", "b"}) {
    EXPECT_EQ(site.ask("/page", {{"User-Agent", agent}}).response.body, agent);
  }
  EXPECT_EQ(site.calls, 2);
}

TEST(ResponseCache, OtherMethodsAndRequestsWithBodiesGoPastIt) {
  Views site;
  HttpRequest post = get();
  post.method = "POST";
  HttpRequest fat = get();
  fat.has_body = true;
  for (const HttpRequest& request :
       {post, fat, get("/page", {{"If-Match", "\"x\""}}), get("/page", {{"If-Unmodified-Since", "now"}})}) {
    const int before = site.calls;
    EXPECT_EQ(site.ask(request).reason, Reason::miss_method);
    EXPECT_EQ(site.ask(request).reason, Reason::miss_method);
    EXPECT_EQ(site.calls, before + 2);
    EXPECT_EQ(site.last_seen.method, request.method);
  }
  for (const char* target : {"*", "/a b", "/a#b", ""})
    EXPECT_EQ(site.ask(target).reason, Reason::miss_bad_key) << target;
  HttpRequest odd = get();
  odd.authority = "user@example.org";
  EXPECT_EQ(site.ask(odd).reason, Reason::miss_bad_key);
}

TEST(ResponseCache, OnlyIfCachedNeverCallsTheHandler) {
  Views site;
  EXPECT_EQ(site.ask("/page", {{"Cache-Control", "only-if-cached"}}).response.status, 504);
  EXPECT_EQ(site.calls, 0);
}

TEST(ResponseCache, AReloadCallsTheHandlerOnlyIfTheOptionsSaySo) {
  for (const bool obey : {false, true}) {
    ResponseCacheOptions options;
    options.obey_reload = obey;
    Views site(options);
    site.ask();
    site.ask("/page", {{"Cache-Control", "no-cache"}});
    EXPECT_EQ(site.calls, obey ? 2 : 1);
  }
}

TEST(ResponseCache, AVersionLeavesTheOldPagesBehind) {
  Views site;
  site.ask();
  ResponseCacheOptions options;
  options.version = "2";
  options.clock = site.clock;
  const ResponseCache next(site.cache, options);
  EXPECT_EQ(next.answer(get(), site.route, site.make).reason, Reason::miss_absent);
}

TEST(ResponseCache, AFailingStoreIsACallOfTheHandler) {
  Views site;
  const auto chaos = testing::chaos_store(site.store, {.fail_gets = 1, .fail_puts = 1, .fail_leases = 1});
  for (const std::shared_ptr<Store>& store : {std::shared_ptr<Store>(chaos), testing::null_store()}) {
    const ResponseCache views(store);
    EXPECT_EQ(views.answer(get(), site.route, site.make).response.body, "hello");
    EXPECT_FALSE(views.answer(get(), site.route, site.make).stored);
  }
}

TEST(Route, WhatMakesNoSenseIsNamed) {
  struct Row {
    const char* field;
    void (*spoil)(Route&);
  };
  const Row rows[] = {
      {"ttl", [](Route& route) { route.ttl = -1s; }},
      {"stale_while_revalidate", [](Route& route) { route.stale_while_revalidate = -1s; }},
      {"stale_if_error", [](Route& route) { route.stale_if_error = -1s; }},
      {"tags", [](Route& route) { route.tags.resize(kMaxTags); }},
      {"parameters", [](Route& route) { route.query = QueryKey::chosen; }},
      {"parameters", [](Route& route) { route.parameters = {"q"}; }},
      {"headers", [](Route& route) { route.headers = {"X Tenant"}; }},
      {"cookies", [](Route& route) { route.cookies = {"a=b"}; }},
      {"languages", [](Route& route) { route.languages = {"en,de"}; }},
  };
  EXPECT_NO_THROW(validate(Route{}));
  for (const Row& row : rows) {
    Route route;
    row.spoil(route);
    try {
      validate(route);
      ADD_FAILURE() << row.field;
    } catch (const ConfigError& error) {
      EXPECT_NE(std::string(error.what()).find("Route::" + std::string(row.field)), std::string::npos) << error.what();
    }
  }
  Route contradicting;
  contradicting.browsers = CacheControl{.is_public = true, .is_private = true};
  EXPECT_THROW(validate(contradicting), ConfigError);
}

}  // namespace
}  // namespace freshet::response_cache
