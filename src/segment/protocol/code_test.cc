// The model and the code it models name each other: neither changes without this test.
#include "segment/protocol/code.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace freshet::segment::protocol {
namespace {

std::string source(std::string_view file) {
  std::ifstream in(std::string(FRESHET_SOURCE_DIR "/src/") + std::string(file));
  return {std::istreambuf_iterator<char>(in), {}};
}

std::size_t indent_of(const std::string& line) { return std::min(line.find_first_not_of(' '), line.size()); }

// A function's text, from the line that defines it to the brace that closes it. Empty when it is not there.
std::string body_of(const std::string& text, std::string_view function) {
  const std::regex head("^([^(]*[ :*&])?" + std::string(function) + "\\(");
  std::istringstream in(text);
  std::string body, head_line;
  bool opened = false;
  for (std::string line; std::getline(in, line);) {
    if (body.empty()) {
      // A definition stands at the left, or directly inside of its class; calls stand deeper, or end with ";".
      const bool left = indent_of(line) == 0 || (indent_of(line) == 2 && line.find("return") == std::string::npos);
      if (!left || line.ends_with(';') || !std::regex_search(line, head)) continue;
      if (line.ends_with(" }")) return line + "\n";
      head_line = line;
    }
    body += line + "\n";
    opened = opened || line.ends_with('{');
    if (opened && indent_of(line) == indent_of(head_line) && line[indent_of(line)] == '}') return body;
    if (opened && line.ends_with("}) {}")) return body;  // a constructor
  }
  return opened ? body : std::string();
}

struct Function {
  std::string_view file, name;
  std::vector<Code> codes;
  std::string body;
};

std::vector<Function> functions() {
  std::vector<Function> all;
  for (const Code& code : all_code()) {
    auto at = std::find_if(all.begin(), all.end(), [&](const Function& function) {
      return function.file == code.file && function.name == code.function;
    });
    if (at == all.end()) {
      all.push_back({code.file, code.function, {}, body_of(source(code.file), code.function)});
      at = all.end() - 1;
    }
    at->codes.push_back(code);
  }
  return all;
}

std::set<std::string> pause_points_in(const std::string& text) {
  const std::regex call("pause_point\\(\"([^\"]+)\"\\)");
  std::set<std::string> points;
  for (std::sregex_iterator at(text.begin(), text.end(), call), end; at != end; ++at) points.insert((*at)[1]);
  return points;
}

TEST(ProtocolCode, HasEveryStatementOfTheModelInItsOrder) {
  for (const Function& function : functions()) {
    const std::string& body = function.body;
    ASSERT_NE(body, "") << function.file << " has no function " << function.name;
    std::size_t at = 0;
    const auto find = [&](const std::string& what, std::string_view step) {
      const std::size_t found = body.find(what, at);
      EXPECT_NE(found, std::string::npos)
          << function.name << " has no \"" << what << "\" after what comes before " << step << " in the model:\n"
          << body;
      if (found != std::string::npos) at = found + 1;
    };
    for (const Code& code : function.codes) {
      const auto pause = [](std::string_view point) { return "pause_point(\"" + std::string(point) + "\")"; };
      if (!code.pause_before.empty()) find(pause(code.pause_before), name(code.step));
      find(std::string(code.statement), name(code.step));
      if (!code.pause_after.empty()) find(pause(code.pause_after), name(code.step));
    }
  }
}

TEST(ProtocolCode, IsNamedByEveryStepOfTheModel) {
  std::set<Step> named;
  for (const Code& code : all_code()) named.insert(code.step);
  // The database's own, nothing, and what only a flaw does.
  const std::set<Step> nobodys = {Step::done, Step::commit, Step::grant_count_late};
  for (std::size_t i = 0; i < static_cast<std::size_t>(Step::kCount); ++i) {
    const auto step = static_cast<Step>(i);
    EXPECT_NE(named.contains(step), nobodys.contains(step)) << name(step);
  }
}

TEST(ProtocolCode, HasNoPausePointThatTheModelDoesNotKnow) {
  std::set<std::string> in_model;
  for (const Code& code : all_code()) {
    if (!code.pause_before.empty()) in_model.insert(std::string(code.pause_before));
    if (!code.pause_after.empty()) in_model.insert(std::string(code.pause_after));
  }
  std::set<std::string> in_code;
  for (const char* file : {"segment/leases.cc", "segment/tags.h", "segment/process_table.cc", "store/segment_store.cc",
                           "store/segment_store_lookup.cc"}) {
    in_code.merge(pause_points_in(source(file)));
  }
  // A reader's, who takes part in another protocol: that of directory.h.
  EXPECT_EQ(in_code.erase("store.missed"), 1U);
  EXPECT_EQ(in_code, in_model);
}

// What reads or writes shared memory in a function of the protocol is a step, or is left out with a reason.
TEST(ProtocolCode, TouchesNoSharedMemoryUnknownToTheModel) {
  const std::regex access(
      "(\\.|->)(load|store|fetch_add|fetch_sub|compare_exchange_weak|compare_exchange_strong)\\("
      "|entry\\.(sequence|key_hash) =[^=]");
  std::set<std::string_view> left_out_seen;
  int accesses = 0;
  for (const Function& function : functions()) {
    std::istringstream body(function.body);
    std::vector<Code> unseen = function.codes;  // so that a second access of the same kind is not taken for the first
    for (std::string line; std::getline(body, line);) {
      if (!std::regex_search(line, access)) continue;
      ++accesses;
      const auto code = std::find_if(unseen.begin(), unseen.end(), [&](const Code& candidate) {
        return line.find(candidate.statement) != std::string::npos;
      });
      bool known = code != unseen.end();
      if (known) unseen.erase(code);
      for (const LeftOut& left : left_out()) {
        if (left.function != function.name || line.find(left.statement) == std::string::npos) continue;
        known = true;
        left_out_seen.insert(left.statement);
      }
      EXPECT_TRUE(known) << function.name << " has an access that no step of the model stands for:\n" << line;
    }
  }
  EXPECT_GE(accesses, 40);
  for (const LeftOut& left : left_out()) {
    EXPECT_TRUE(left_out_seen.contains(left.statement)) << left.function << " no longer has " << left.statement;
  }
}

// Every function of the leases and of the tags is in the model, or does not belong to the protocol.
TEST(ProtocolCode, OfLeasesAndTagsIsWhollyModelled) {
  // For people; and recover() runs while nobody is there to take a step.
  const std::set<std::string> elsewhere = {"loading", "under_way", "why_lost", "first", "recover"};
  const std::string text = source("segment/leases.cc");
  const std::regex definition("\\n[A-Za-z][^\\n]*Leases::([a-z_]+)\\([^;]*?\\{");
  std::set<std::string> modelled;
  for (const Code& code : all_code()) modelled.insert(std::string(code.function));
  int functions = 0;
  for (std::sregex_iterator at(text.begin(), text.end(), definition), end; at != end; ++at) {
    const std::string function = (*at)[1];
    ++functions;
    EXPECT_NE(modelled.contains("Leases::" + function), elsewhere.contains(function)) << function;
  }
  EXPECT_GE(functions, 12);
  for (const char* function : {"cleared", "invalidated", "raise"}) EXPECT_TRUE(modelled.contains(function));
}

}  // namespace
}  // namespace freshet::segment::protocol
