// A store as the processes of a soak use it: every call is timed, every value looked at.
//
// Threads: one.
#pragma once

#include "tests/crash/soak/page.h"
#include "tests/crash/soak/stopwatch.h"
#include "tests/crash/soak/working_set.h"
#include "tests/crash/witness.h"

#include <functional>

namespace freshet::soak {

/// The keys of which the page's database has the versions.
std::string versioned_key(unsigned n);
/// Every second one has a tag.
std::vector<std::string> tags_of(unsigned n);
/// By the number in Caller::loads: versioned ones first, the working set behind them.
std::string key_of(const WorkingSet& set, int number);

class Client {
 public:
  Client(SegmentStore& store, Page& page, Caller& me) : store_(store), page_(page), me_(me) {}

  /// Did the get hit? Counts what it sees. `expected`: the least version that may be served.
  bool get(const std::string& key, std::uint32_t expected = 0);
  std::unique_ptr<PinnedValue> pin(const std::string& key, std::uint32_t expected = 0);
  Reason put(Call call, const PutRequest& request);
  Reason erase(const std::string& key);
  void retime(const std::string& key);
  void invalidate_tag(const std::string& tag);
  void clear();
  /// As a cache does it: the lease, another look, the value (`read` makes it, after the lease was had), the fill; or
  /// wait.
  void load(int number, const std::string& key, std::span<const std::string> tags,
            const std::function<std::string()>& read);
  /// True when the lease can be had within a second: it is given back at once.
  bool can_load(const std::string& key);
  /// A hit, or a load. Returns whether it hit.
  bool read_through(const WorkingSet& set, unsigned n);
  /// Of a versioned key: replaces its value by another of the same version, if nobody did so meanwhile.
  void put_if(unsigned n, const std::function<std::string(std::uint32_t version)>& make);

 private:
  template <class Run>
  decltype(auto) timed(Call call, Run&& run) {
    const Stopwatch watch(page_, me_, call);
    return run();
  }
  void look(const std::string& key, std::string_view bytes, std::uint32_t expected);

  SegmentStore& store_;
  Page& page_;
  Caller& me_;
  std::string value_;
};

}  // namespace freshet::soak
