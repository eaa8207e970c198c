#include "routes.h"

#include "pages.h"

#include <freshet/httplib.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <httplib.h>
#include <nlohmann/json.hpp>
#include <string>
#include <unistd.h>

namespace demo {
namespace {

using httplib::Request;
using httplib::Response;

constexpr const char* kHtml = "text/html; charset=utf-8";
constexpr const char* kJson = "application/json";

// Collects how the cache answered for one page.
class CacheNote {
 public:
  template <class T>
  T take(const char* what, freshet::Result<T> result) {
    if (!text_.empty()) text_ += ", ";
    text_ += std::string(what) + ';' + std::string(freshet::name(result.reason()));
    stale_ = stale_ || result.is_stale();
    return *std::move(result);
  }
  PageNote show(Response& response) const {
    response.set_header("X-Cache", text_);
    return {text_, std::to_string(::getpid())};
  }
  bool is_stale() const { return stale_; }

 private:
  std::string text_;
  bool stale_ = false;
};

class Routes {
 public:
  Routes(const CachedCatalog& catalog, Scoreboard& scoreboard) : catalog_(&catalog), scoreboard_(&scoreboard) {}

  void home(Response& response) const {
    CacheNote note;
    const Overview overview = note.take("overview", catalog_->overview());
    response.set_content(home_page(overview, note.show(response)), kHtml);
  }

  void search(const Request& request, Response& response, bool json) const {
    const std::string words = request.get_param_value("q").substr(0, 100);
    CacheNote note;
    const SearchResults results = note.take("search", catalog_->search(words));
    const PageNote shown = note.show(response);
    if (json) return response.set_content(search_json(words, results), kJson);
    response.set_content(search_page(words, results, shown), kHtml);
  }

  void package(const Request& request, Response& response) const {
    const std::string name = request.matches[1];
    CacheNote note;
    const std::optional<PackageDetails> package = note.take("package", catalog_->package(name));
    if (!package) return not_found(response, note);
    const Feedback feedback = note.take("feedback", catalog_->feedback(name));
    response.set_content(package_page(*package, feedback, note.show(response)), kHtml);
  }

  // Behind the response cache: its X-Cache is written for each answer, by show_cache_status().
  void package_as_json(const Request& request, Response& response) const {
    const std::string name = request.matches[1];
    CacheNote note;
    const std::optional<PackageDetails> package = note.take("package", catalog_->package(name));
    if (!package) {
      response.status = 404;
      return response.set_content("{}\n", kJson);
    }
    const Feedback feedback = note.take("feedback", catalog_->feedback(name));
    // By which the answer is invalidated: the same tags as the queries'. Names of packages have no spaces.
    response.set_header("Surrogate-Key", "catalog package:" + name);
    // Made of values that only stand in: right for now, and not to be kept as if it were fresh.
    if (note.is_stale()) response.set_header("Freshet-Cache-Control", "no-store");
    response.set_content(package_json(*package, feedback), kJson);
  }

  void ranking(Response& response) const {
    CacheNote note;
    const std::vector<Ranked> ranking = note.take("ranking", catalog_->ranking());
    response.set_content(ranking_page(ranking, note.show(response)), kHtml);
  }

  void rate(const Request& request, Response& response) const {
    const std::string text = request.get_param_value("stars");
    int stars = 0;
    std::from_chars(text.data(), text.data() + text.size(), stars);
    if (stars < 1 || stars > 5) return refuse(response, "A rating has 1 to 5 stars.");
    written(request, response, catalog_->rate(request.matches[1], stars));
  }

  void annotate(const Request& request, Response& response) const {
    const std::string text = request.get_param_value("text");
    if (text.empty() || text.size() > 2000) return refuse(response, "A note has 1 to 2000 bytes.");
    written(request, response, catalog_->annotate(request.matches[1], text));
  }

  void stats(Response& response) const {
    const freshet::Stats stats = catalog_->cache().stats();
    nlohmann::ordered_json reasons = nlohmann::ordered_json::object();
    for (std::size_t i = 0; i < freshet::kReasonCount; ++i) {
      const auto reason = static_cast<freshet::Reason>(i);
      if (stats[reason] > 0) reasons[std::string(freshet::name(reason))] = stats[reason];
    }
    const LoadsPerKey loads = scoreboard_->loads_per_key();
    const nlohmann::ordered_json json = {{"cache",
                                          {{"url", stats.url},
                                           {"entries", stats.entries},
                                           {"bytes_used", stats.bytes_used},
                                           {"bytes_capacity", stats.bytes_capacity},
                                           {"processes", stats.processes},
                                           {"reasons", std::move(reasons)}}},
                                         {"database",
                                          {{"queries", scoreboard_->queries()},
                                           {"failures", scoreboard_->query_failures()},
                                           {"keys_loaded", loads.keys},
                                           {"most_loads_of_one_key", loads.most}}},
                                         {"requests", scoreboard_->requests()},
                                         {"worker", ::getpid()}};
    response.set_content(json.dump(2) + "\n", kJson);
  }

  void metrics(Response& response) const {
    std::string text = catalog_->cache().prometheus();
    const auto add = [&](const char* name, const char* help, std::uint64_t value) {
      text += std::string("# HELP ") + name + ' ' + help + "\n# TYPE " + name + " counter\n" + name + ' ' +
              std::to_string(value) + '\n';
    };
    add("demo_requests_total", "Requests that any worker answered.", scoreboard_->requests());
    add("demo_database_queries_total", "Questions to the database.", scoreboard_->queries());
    add("demo_database_failures_total", "Questions that the database did not answer.", scoreboard_->query_failures());
    response.set_content(text, "text/plain; version=0.0.4");
  }

 private:
  static void not_found(Response& response, const CacheNote& note) {
    note.show(response);
    response.status = 404;
    response.set_content(message_page("Not found", "There is no package of this name."), kHtml);
  }
  static void refuse(Response& response, const char* why) {
    response.status = 400;
    response.set_content(message_page("That did not work", why), kHtml);
  }
  static void written(const Request& request, Response& response, bool done) {
    if (!done) return not_found(response, {});
    response.set_redirect("/package/" + escape_url(request.matches[1].str()), 303);
  }

  const CachedCatalog* catalog_;
  Scoreboard* scoreboard_;
};

// How the response cache answered, where every page shows it.
void show_cache_status(Response& response) {
  constexpr std::string_view kDetail = "detail=";
  const std::string status = response.get_header_value("Cache-Status");
  const auto at = status.find(kDetail);
  if (at != std::string::npos) response.set_header("X-Cache", "answer;" + status.substr(at + kDetail.size()));
}

// The database did not answer, and nothing could stand in.
void unavailable(Response& response, const char* what) {
  response.status = 503;
  response.set_header("Retry-After", "1");
  response.set_content(message_page("Back in a moment", what), kHtml);
}

void failed(const Request&, Response& response, const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const DatabaseError& error) {
    unavailable(response, error.what());
  } catch (const freshet::LoadFailed& error) {
    unavailable(response, error.what());
  } catch (const std::exception& error) {
    response.status = 500;
    response.set_content(message_page("Something is wrong", error.what()), kHtml);
  }
}

}  // namespace

void add_routes(httplib::Server& server, const CachedCatalog& catalog, Scoreboard& scoreboard) {
  const Routes routes(catalog, scoreboard);
  server.Get("/", [routes](const Request&, Response& response) { routes.home(response); });
  server.Get("/search", [routes](const Request& q, Response& response) { routes.search(q, response, false); });
  server.Get("/api/search", [routes](const Request& q, Response& response) { routes.search(q, response, true); });
  server.Get("/package/([^/]+)", [routes](const Request& q, Response& response) { routes.package(q, response); });
  freshet::Route api;
  api.ttl = std::chrono::minutes(5);
  api.query = freshet::QueryKey::none;
  api.browsers = freshet::CacheControl::revalidated();
  freshet::for_httplib::get(server, "/api/package/([^/]+)", freshet::ResponseCache(catalog.cache()), api,
                            [routes](const Request& q, Response& response) { routes.package_as_json(q, response); });
  server.Get("/ranking", [routes](const Request&, Response& response) { routes.ranking(response); });
  server.Post("/package/([^/]+)/rate", [routes](const Request& q, Response& response) { routes.rate(q, response); });
  server.Post("/package/([^/]+)/annotate",
              [routes](const Request& q, Response& response) { routes.annotate(q, response); });
  server.Get("/stats", [routes](const Request&, Response& response) { routes.stats(response); });
  server.Get("/metrics", [routes](const Request&, Response& response) { routes.metrics(response); });
  server.set_exception_handler(failed);
  server.set_post_routing_handler([&scoreboard](const Request&, Response& response) {
    scoreboard.count_request();
    response.set_header("X-Worker", std::to_string(::getpid()));
    show_cache_status(response);
  });
}

}  // namespace demo
