// Every case of requests.txt and responses.txt gets its verdict, whatever the pieces in which its bytes come.
#include "http1/body_reader.h"
#include "http1/pieces.h"
#include "http1/request_head.h"
#include "http1/response_head.h"
#include "tests/smuggling/cases.h"

#include <gtest/gtest.h>
#include <set>

namespace freshet::smuggling {
namespace {

using namespace freshet::http1;

struct Verdict {
  std::string expect;
  std::string messages;
  std::string connection;
};

// The far end of a connection, as plain as it gets: head, body, head, body.
class Reader {
 public:
  virtual ~Reader() = default;

  void add(std::string_view bytes) {
    buffer_ += bytes;
    while (refusal_ == Refusal::none && step()) {
    }
  }
  Verdict verdict(bool ended) {
    if (ended && body_ && body_->end_of_input() == Progress::done) end_message();
    if (ended && body_) refusal_ = body_->refusal();
    const bool between = !body_ && at_ == buffer_.size() && !messages_.empty();
    std::string expect = "accepted";
    if (refusal_ != Refusal::none) {
      expect = status_of(refusal_) + " " + std::string(word(refusal_));
    } else if (!between && wants_more()) {
      expect = "incomplete";
    }
    return {expect, messages_, between && kept() ? "kept" : "closed"};
  }

 protected:
  virtual Parsed read_head(std::string_view bytes) = 0;
  virtual std::size_t head_bytes() const = 0;
  virtual Body body() const = 0;
  virtual Refusal head_refusal() const = 0;
  virtual std::string description() const = 0;
  virtual std::string status_of(Refusal refusal) const = 0;
  virtual bool wants_more() const = 0;
  virtual bool kept() const = 0;

 private:
  std::string_view rest() const { return std::string_view(buffer_).substr(at_); }

  // False when nothing can be done before more bytes come.
  bool step() {
    if (body_) return read_body();
    if (!wants_more()) return false;
    const Parsed parsed = read_head(rest());
    if (parsed == Parsed::incomplete) return false;
    refusal_ = head_refusal();
    if (parsed == Parsed::bad) return false;
    at_ += head_bytes();
    description_ = description();
    body_.emplace(body(), Limits{});
    if (body_->done()) end_message();
    return true;
  }
  bool read_body() {
    const Piece piece = body_->feed(rest());
    at_ += piece.consumed_bytes;
    if (piece.progress == Progress::done) end_message();
    if (piece.progress == Progress::bad) refusal_ = body_->refusal();
    return piece.consumed_bytes > 0;
  }
  void end_message() {
    if (!messages_.empty()) messages_ += "; ";
    messages_ += description_ + " " + std::to_string(body_->content_bytes());
    body_.reset();
  }

  std::string buffer_;
  std::size_t at_ = 0;
  std::optional<BodyReader> body_;
  std::string description_;
  std::string messages_;
  Refusal refusal_ = Refusal::none;
};

class Server : public Reader {
  Parsed read_head(std::string_view bytes) override { return parse_request(bytes, {}, head_); }
  std::size_t head_bytes() const override { return head_.head_bytes; }
  Body body() const override { return head_.body; }
  Refusal head_refusal() const override { return head_.refusal; }
  std::string description() const override {
    return std::string(head_.method) + " " + std::string(head_.path_and_query);
  }
  std::string status_of(Refusal refusal) const override { return std::to_string(status(refusal)); }
  bool wants_more() const override { return true; }
  bool kept() const override { return head_.keep_alive; }

  RequestHead head_;
};

class Client : public Reader {
 public:
  explicit Client(std::string_view methods) {
    for (std::size_t end = 0; end < methods.size(); methods.remove_prefix(end + (end < methods.size() ? 1 : 0))) {
      end = std::min(methods.find(' '), methods.size());
      methods_.emplace_back(methods.substr(0, end));
    }
  }

 private:
  Parsed read_head(std::string_view bytes) override { return parse_response(bytes, methods_[answered_], {}, head_); }
  std::size_t head_bytes() const override { return head_.head_bytes; }
  Body body() const override { return head_.body; }
  Refusal head_refusal() const override { return head_.refusal; }
  std::string description() const override {
    if (!head_.is_interim()) ++answered_;
    return std::to_string(head_.status);
  }
  std::string status_of(Refusal) const override { return "502"; }
  bool wants_more() const override { return answered_ < methods_.size(); }
  bool kept() const override { return head_.keep_alive; }

  std::vector<std::string> methods_;
  mutable std::size_t answered_ = 0;
  ResponseHead head_;
};

std::vector<Case> cases_of(const std::string& file) {
  return read_cases(std::string(FRESHET_SOURCE_DIR) + "/tests/smuggling/" + file);
}

// Long cases differ from short ones only in a run that repeats: cut at a few places, they take as long as the others.
void each_split_within_reason(std::string_view bytes, const std::function<void(const Pieces&)>& visit) {
  if (bytes.size() <= 1000) return each_split(bytes, visit);
  for (std::size_t cut = 1; cut < bytes.size(); cut += bytes.size() / 100) {
    visit({bytes.substr(0, cut), bytes.substr(cut)});
  }
  Pieces small;
  for (std::size_t at = 0; at < bytes.size(); at += 7) small.push_back(bytes.substr(at, 7));
  visit(small);
}

void expect_verdict(const Case& one, const Pieces& pieces, Verdict verdict) {
  EXPECT_EQ(verdict.expect, one.expect) << one.name << " " << to_string(pieces);
  EXPECT_EQ(verdict.messages, one.messages) << one.name << " " << to_string(pieces);
}

TEST(Smuggling, EveryRequestGetsItsVerdictWhateverThePiecesItComesIn) {
  const std::vector<Case> cases = cases_of("requests.txt");
  EXPECT_GE(cases.size(), 190U);
  for (const Case& one : cases) {
    each_split_within_reason(one.bytes, [&](const Pieces& pieces) {
      Server server;
      for (const std::string_view piece : pieces) server.add(piece);
      expect_verdict(one, pieces, server.verdict(false));
    });
  }
}

TEST(Smuggling, EveryResponseGetsItsVerdictWhateverThePiecesItComesIn) {
  const std::vector<Case> cases = cases_of("responses.txt");
  EXPECT_GE(cases.size(), 45U);
  for (const Case& one : cases) {
    each_split_within_reason(one.bytes, [&](const Pieces& pieces) {
      Client client(one.to.empty() ? "GET" : one.to);
      for (const std::string_view piece : pieces) client.add(piece);
      const Verdict verdict = client.verdict(true);
      expect_verdict(one, pieces, verdict);
      EXPECT_EQ(verdict.connection, one.connection.empty() ? "closed" : one.connection) << one.name;
    });
  }
}

TEST(Smuggling, EveryCaseHasANameOfItsOwnAndSaysWhatItStandsFor) {
  for (const char* file : {"requests.txt", "responses.txt"}) {
    std::set<std::string> names;
    for (const Case& one : cases_of(file)) {
      EXPECT_TRUE(names.insert(one.name).second) << one.name;
      EXPECT_FALSE(one.of.empty() || one.expect.empty() || one.bytes.empty()) << one.name;
    }
  }
}

}  // namespace
}  // namespace freshet::smuggling
