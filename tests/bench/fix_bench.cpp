#include <atomic>
#include <filesystem>
#include <fstream>
#include <httplib.h>
#include <thread>

#include "tests/bench/bench.h"
#include "tests/bench/peer.h"
#include "tests/bench/samples.h"

namespace autofix::bench {
namespace {

using nlohmann::json;
namespace fs = std::filesystem;

/// A provider that answers at once and says how long it took itself.
class InstantGemini {
 public:
  InstantGemini() {
    server_.set_tcp_nodelay(true);
    server_.Post(R"(/v1beta/models/.*)", [this](const httplib::Request&, httplib::Response& response) {
      const auto begin = Clock::now();
      const std::string text =
          "Undefined name.\n\nbig.py\n<<<<<<< SEARCH\n    return missing_250\n=======\n"
          "    return value_250\n>>>>>>> REPLACE\n";
      const json body = {
          {"candidates",
           {{{"content", {{"parts", {{{"text", text}}}}, {"role", "model"}}}, {"finishReason", "STOP"}}}},
          {"usageMetadata", {{"promptTokenCount", 1}, {"candidatesTokenCount", 1}}},
          {"modelVersion", "bench"}};
      response.set_content(body.dump(), "application/json");
      own_time_ = milliseconds(Clock::now() - begin);
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
    while (!server_.is_running()) std::this_thread::yield();
  }
  ~InstantGemini() {
    server_.stop();
    thread_.join();
  }
  InstantGemini(const InstantGemini&) = delete;
  InstantGemini& operator=(const InstantGemini&) = delete;

  int port() const { return port_; }
  double own_time() const { return own_time_; }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::atomic<double> own_time_ = 0;
  std::thread thread_;
};

std::string source_of(int functions) {
  std::string text;
  for (int i = 0; i < functions; ++i) {
    const std::string n = std::to_string(i);
    text += "def function_" + n + "(value_" + n + "):\n    value_" + n + " += 1\n    return missing_" + n +
            "\n\n";
  }
  return text;
}

}  // namespace

void bench_fix(const std::string& binary) {
  InstantGemini gemini;
  const fs::path folder = fs::temp_directory_path() / ("autofix-bench-" + std::to_string(getpid()));
  fs::create_directories(folder / "config/autofix");
  fs::create_directories(folder / "project");
  const std::string text = source_of(500);  // 2,000 lines
  std::ofstream(folder / "project/big.py") << text;
  std::ofstream(folder / "config/autofix/config.json")
      << json{{"chain", {"gemini"}},
              {"providers",
               {{"gemini", {{"baseUrl", "http://127.0.0.1:" + std::to_string(gemini.port()) + "/v1beta"}}}}}}
             .dump();
  {
    Peer peer(binary, {"HOME=" + folder.string(), "XDG_CONFIG_HOME=" + (folder / "config").string(),
                       "XDG_STATE_HOME=" + (folder / "state").string(), "GOOGLE_API_KEY=bench-key-not-real"});
    const std::string root = "file://" + (folder / "project").string();
    const std::string uri = root + "/big.py";
    peer.initialize(root);
    peer.notify("textDocument/didOpen",
                {{"textDocument", {{"uri", uri}, {"languageId", "python"}, {"version", 1}, {"text", text}}}});
    const int line = 250 * 4 + 2;
    const json range = {{"start", {{"line", line}, {"character", 11}}},
                        {"end", {{"line", line}, {"character", 20}}}};
    const json argument = {
        {"uri", uri},
        {"version", 1},
        {"range", range},
        {"diagnostics", {{{"range", range}, {"severity", 1}, {"message", "undefined name"}}}}};
    std::vector<double> times;
    for (int run = 0; run < kRuns + 1; ++run) {
      const auto begin = Clock::now();
      const int id =
          peer.send("workspace/executeCommand", {{"command", "autofix.fix"}, {"arguments", {argument}}});
      const json edit = peer.wait([&](const json& message) {
        if (message.value("id", json()) == id && !message.contains("method")) {
          throw std::runtime_error("no edit came: " + message.dump().substr(0, 2000));
        }
        return message.value("method", "") == "workspace/applyEdit";
      });
      const double all = milliseconds(Clock::now() - begin);
      // The first run opens the connection; it is not what a second click costs.
      if (run > 0) times.push_back(all - gemini.own_time());
      peer.answer(edit, {{"applied", true}});
      peer.wait([&](const json& message) {
        return !message.contains("method") && message.value("id", json()) == id;
      });
    }
    tell("engine, command to applyEdit, 2,000-line file, without the provider's time", median(times), "ms",
         "< 5 ms");
  }
  fs::remove_all(folder);
}

}  // namespace autofix::bench
