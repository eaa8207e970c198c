// The site of cpp-httplib: a Server, with each view under a pattern that has a group.
#include "tests/middleware/site.h"

#include <freshet/httplib.h>

#include <thread>

namespace middleware {
namespace {

class HttplibSite final : public Site {
 public:
  HttplibSite() = default;
  HttplibSite(const HttplibSite&) = delete;
  HttplibSite& operator=(const HttplibSite&) = delete;
  ~HttplibSite() override {
    server_.stop();
    if (thread_.joinable()) thread_.join();
  }

  void add(const std::string& name, const freshet::ResponseCache& views, const freshet::Route& route,
           const freshet::HttpHandler& view) override {
    const auto handler = [view, name](const httplib::Request& request, httplib::Response& response) {
      freshet::HttpRequest seen = freshet::for_httplib::neutral_request(request);
      // Proves that the matches are those of the request, in the background too.
      seen.fields.push_back({"X-Match", request.matches[1]});
      seen.fields.push_back({"X-Parameter", request.get_param_value("q")});
      const freshet::HttpResponse made = view(seen);
      response.status = made.status;
      for (const freshet::HttpField& field : made.fields) response.headers.emplace(field.name, field.value);
      response.body = made.body;
    };
    freshet::for_httplib::get(server_, "/" + name + "(/[^/]*)?", views, route, handler);
  }
  void on_arrival(std::function<void()> call) override {
    server_.set_pre_routing_handler([call = std::move(call)](const httplib::Request&, httplib::Response&) {
      call();
      return httplib::Server::HandlerResponse::Unhandled;
    });
  }
  int start(std::size_t threads) override {
    server_.new_task_queue = [threads] { return new httplib::ThreadPool(threads); };
    server_.set_exception_handler([](const httplib::Request&, httplib::Response& response, const std::exception_ptr&) {
      response.status = 500;
      response.set_content("threw", "text/plain");
    });
    const int port = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
    return port;
  }

 private:
  httplib::Server server_;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<Site> httplib_site() { return std::make_unique<HttplibSite>(); }

}  // namespace middleware
