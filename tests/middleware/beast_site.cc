// The site of Boost.Beast: a blocking server, a thread for each connection.
#include "tests/middleware/site.h"

#include <freshet/beast.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace middleware {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using freshet::for_beast::Request;
using freshet::for_beast::Response;
using tcp = asio::ip::tcp;

class BeastSite final : public Site {
 public:
  BeastSite() = default;
  BeastSite(const BeastSite&) = delete;
  BeastSite& operator=(const BeastSite&) = delete;
  ~BeastSite() override {
    if (!accepting_.joinable()) return;
    stopping_ = true;
    // Wakes accept().
    asio::io_context io;
    tcp::socket knock(io);
    beast::error_code ignored;
    knock.connect(acceptor_.local_endpoint(), ignored);
    accepting_.join();
    for (std::thread& thread : connections_) thread.join();
  }

  void add(const std::string& name, const freshet::ResponseCache& views, const freshet::Route& route,
           const freshet::HttpHandler& view) override {
    const auto handler = [view](const Request& request) {
      freshet::HttpRequest seen = freshet::for_beast::neutral_request(request);
      const std::size_t slash = seen.path().find('/', 1);
      seen.fields.push_back({"X-Match", slash == std::string_view::npos ? "" : std::string(seen.path().substr(slash))});
      seen.fields.push_back({"X-Parameter", seen.parameter("q").value_or("")});
      const freshet::HttpResponse made = view(seen);
      Response response;
      response.result(static_cast<unsigned>(made.status));
      for (const freshet::HttpField& field : made.fields) response.insert(field.name, field.value);
      response.body() = made.body;
      return response;
    };
    views_[name] = freshet::for_beast::cached(views, route, handler);
  }
  void on_arrival(std::function<void()> call) override { on_arrival_ = std::move(call); }
  int start(std::size_t) override {
    accepting_ = std::thread([this] { accept(); });
    return acceptor_.local_endpoint().port();
  }

 private:
  void accept() {
    for (;;) {
      tcp::socket socket(io_);
      beast::error_code error;
      acceptor_.accept(socket, error);
      if (stopping_ || error) return;
      connections_.emplace_back([this, peer = std::move(socket)]() mutable { serve(peer); });
    }
  }
  void serve(tcp::socket& socket) {
    beast::error_code error;
    beast::flat_buffer buffer;
    Request request;
    beast::http::read(socket, buffer, request, error);
    if (error) return;
    if (on_arrival_) on_arrival_();
    const std::string target(request.target().data(), request.target().size());
    const std::string name = target.substr(1, target.find_first_of("/?", 1) - 1);
    Response response;
    try {
      const auto view = views_.find(name);
      if (view == views_.end()) {
        response.result(404);
      } else {
        response = view->second(request);
      }
    } catch (const std::exception&) {
      response.result(500);
      response.body() = "threw";
      response.prepare_payload();
    }
    beast::http::write(socket, response, error);
    socket.shutdown(tcp::socket::shutdown_send, error);
  }

  asio::io_context io_;
  tcp::acceptor acceptor_{io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::map<std::string, freshet::for_beast::Handler> views_;
  std::function<void()> on_arrival_;
  std::atomic<bool> stopping_{false};
  std::thread accepting_;
  std::vector<std::thread> connections_;
};

}  // namespace

std::unique_ptr<Site> beast_site() { return std::make_unique<BeastSite>(); }

}  // namespace middleware
