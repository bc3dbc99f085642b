#include <filesystem>
#include <unistd.h>

#include "tests/bench/bench.h"
#include "tests/bench/peer.h"
#include "tests/bench/samples.h"

namespace autofix::bench {
namespace {

using nlohmann::json;

const std::string kUri = "file:///tmp/autofix-bench/big.py";

std::vector<std::string> quiet_home() {
  return {"HOME=/nonexistent", "XDG_STATE_HOME=/tmp/autofix-bench-state"};
}

json code_action_params(int line) {
  const json position = {{"line", line}, {"character", 0}};
  return {{"textDocument", {{"uri", kUri}}},
          {"range", {{"start", position}, {"end", position}}},
          {"context", {{"diagnostics", json::array()}}}};
}

void open_document(Peer& peer, const std::string& text) {
  peer.notify("textDocument/didOpen",
              {{"textDocument", {{"uri", kUri}, {"languageId", "python"}, {"version", 1}, {"text", text}}}});
}

std::string text_of(int lines, int width) {
  std::string text;
  for (int i = 0; i < lines; ++i) {
    std::string line = "name_" + std::to_string(i) + " = ";
    line.resize(static_cast<std::size_t>(width), 'x');
    text += line + "\n";
  }
  return text;
}

void bench_start(const std::string& binary) {
  std::vector<double> start;
  std::vector<double> memory;
  for (int run = 0; run < kRuns; ++run) {
    const auto begin = Clock::now();
    Peer peer(binary, quiet_home());
    peer.initialize("file:///tmp/autofix-bench");
    start.push_back(milliseconds(Clock::now() - begin));
    open_document(peer, "x = 1\n");
    peer.request("textDocument/codeAction", code_action_params(0));
    memory.push_back(peer.resident_megabytes());
  }
  tell("spawn to initialize answered", median(start), "ms", "< 5 ms");
  tell("idle memory (resident)", median(memory), "MB", "< 12 MB");
}

void bench_code_actions(const std::string& binary) {
  constexpr int kDiagnostics = 10'000;
  Peer peer(binary, quiet_home());
  peer.initialize("file:///tmp/autofix-bench");
  open_document(peer, text_of(kDiagnostics, 40));
  json diagnostics = json::array();
  for (int i = 0; i < kDiagnostics; ++i) {
    diagnostics.push_back(
        {{"range", {{"start", {{"line", i}, {"character", 0}}}, {"end", {{"line", i}, {"character", 5}}}}},
         {"severity", 1},
         {"source", "bench"},
         {"code", "E1"},
         {"message", "undefined name 'name_" + std::to_string(i) + "'"}});
  }
  peer.notify("autofix/didChangeDiagnostics", {{"uri", kUri}, {"version", 1}, {"diagnostics", diagnostics}});
  if (peer.request("textDocument/codeAction", code_action_params(5'000)).empty()) {
    throw std::runtime_error("no code action was offered");
  }
  std::vector<double> p50;
  std::vector<double> p99;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> times;
    for (int i = 0; i < 200; ++i) {
      const auto begin = Clock::now();
      peer.request("textDocument/codeAction", code_action_params((i * 49 + run) % kDiagnostics));
      times.push_back(milliseconds(Clock::now() - begin));
    }
    p50.push_back(percentile(times, 0.5));
    p99.push_back(percentile(times, 0.99));
  }
  tell("code action, 10,000 diagnostics in the document, p50", median(p50), "ms", "");
  tell("code action, 10,000 diagnostics in the document, p99", median(p99), "ms", "< 1 ms");
}

void bench_sync(const std::string& binary) {
  Peer peer(binary, quiet_home());
  peer.initialize("file:///tmp/autofix-bench");
  open_document(peer, text_of(20'000, 52));
  int version = 1;
  std::vector<double> p99;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> times;
    for (int i = 0; i < 100; ++i) {
      const json position = {{"line", (i * 199) % 20'000}, {"character", 7}};
      const auto begin = Clock::now();
      peer.notify(
          "textDocument/didChange",
          {{"textDocument", {{"uri", kUri}, {"version", ++version}}},
           {"contentChanges", {{{"range", {{"start", position}, {"end", position}}}, {"text", "y"}}}}});
      // The answer to a cheap request shows that the change was taken in before it.
      peer.request("textDocument/codeAction", code_action_params(0));
      times.push_back(milliseconds(Clock::now() - begin));
    }
    p99.push_back(percentile(times, 0.99));
  }
  tell("one-character didChange in 1 MB (with the round trip of a request), p99", median(p99), "ms",
       "< 1 ms");
}

}  // namespace

void bench_server(const std::string& binary) {
  bench_start(binary);
  bench_code_actions(binary);
  bench_sync(binary);
}

}  // namespace autofix::bench
