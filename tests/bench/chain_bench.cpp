#include <httplib.h>
#include <nlohmann/json.hpp>
#include <thread>

#include "providers/chain.h"
#include "tests/bench/bench.h"
#include "tests/bench/samples.h"

namespace autofix::bench {
namespace {

using nlohmann::json;

/// Two vendors in one: Gemini's path answers the daily-quota 429, the OpenAI path a completion.
class TwoVendors {
 public:
  TwoVendors() {
    server_.set_tcp_nodelay(true);
    server_.set_keep_alive_max_count(1'000'000);
    server_.Post(R"(/v1beta/models/.*)", [](const httplib::Request&, httplib::Response& response) {
      response.status = 429;
      response.set_content(
          R"({"error":{"code":429,"message":"You exceeded your current quota","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.QuotaFailure","violations":[{"quotaId":"GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}]}})",
          "application/json");
    });
    server_.Post("/openai/v1/chat/completions", [](const httplib::Request&, httplib::Response& response) {
      response.set_content(
          R"({"id":"x","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"fixed"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})",
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

  std::string base() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int port() const { return port_; }

 private:
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
};

/// Remembers nothing, so that every round asks A again: that is what is timed here, and what the real state
/// prevents.
class Forgetful final : public providers::ChainDocuments {
 public:
  std::vector<std::string> read(std::span<const std::string> keys) const override {
    return std::vector<std::string>(keys.size());
  }
  std::string update(const std::string&, const Change& change) override { return change({}); }
};

std::vector<providers::LinkConfig> two_links(const TwoVendors& vendors) {
  providers::LinkConfig a;
  a.name = "gemini";
  a.display_name = "Gemini";
  a.dialect = providers::DialectKind::gemini;
  a.base_url = vendors.base() + "/v1beta";
  a.models = {"m"};
  a.credentials = {{"bench-key-a", "bench"}};
  providers::LinkConfig b = a;
  b.name = "groq";
  b.display_name = "Groq";
  b.dialect = providers::DialectKind::openai;
  b.base_url = vendors.base() + "/openai/v1";
  b.credentials = {{"bench-key-b", "bench"}};
  return {a, b};
}

double time_ours(providers::Chain& chain, const providers::Prompt& prompt) {
  const auto begin = Clock::now();
  std::vector<providers::Tried> tried;
  providers::Query query;
  query.estimate.input_tokens = 100;
  query.deadline = begin + std::chrono::seconds(60);
  for (int i = 0; i < 2; ++i) {
    query.tried = tried;
    const providers::Step step = chain.next(query);
    const providers::Sent sent = chain.send(step, prompt, {}, query.deadline);
    if (sent.completion) return milliseconds(Clock::now() - begin);
    tried.push_back({step.link, step.model, step.key_id, true, sent.completion.error()});
  }
  std::string why;
  for (const providers::Tried& one : tried) why += " " + one.link + ": " + one.error->message;
  throw std::runtime_error("the chain did not reach B:" + why);
}

double time_bare(httplib::Client& a, httplib::Client& b, const std::string& text) {
  const auto begin = Clock::now();
  const json first = {{"contents", {{{"role", "user"}, {"parts", {{{"text", text}}}}}}}};
  auto reply =
      a.Post("/v1beta/models/m:generateContent", {{"x-goog-api-key", "k"}}, first.dump(), "application/json");
  if (!reply || reply->status != 429 || json::parse(reply->body)["error"]["status"] != "RESOURCE_EXHAUSTED") {
    throw std::runtime_error("A did not answer 429");
  }
  const json second = {{"model", "m"}, {"messages", {{{"role", "user"}, {"content", text}}}}};
  reply = b.Post("/openai/v1/chat/completions", {{"Authorization", "Bearer k"}}, second.dump(),
                 "application/json");
  if (!reply || json::parse(reply->body)["choices"][0]["message"]["content"] != "fixed") {
    throw std::runtime_error("B did not answer");
  }
  return milliseconds(Clock::now() - begin);
}

}  // namespace

void bench_chain() {
  constexpr int kRequests = 200;
  const TwoVendors vendors;
  Forgetful state;
  const providers::SystemClock clock;
  providers::Chain chain(two_links(vendors), {}, state, clock);
  providers::Prompt prompt;
  prompt.system = "s";
  prompt.messages = {{providers::Message::Role::user, std::string(4'000, 'x')}};
  httplib::Client a("127.0.0.1", vendors.port());
  httplib::Client b("127.0.0.1", vendors.port());
  for (httplib::Client* client : {&a, &b}) {
    client->set_keep_alive(true);
    client->set_tcp_nodelay(true);
  }
  for (int i = 0; i < 50; ++i) {  // warm connections on both sides
    time_ours(chain, prompt);
    time_bare(a, b, prompt.messages[0].text);
  }
  std::vector<double> ours;
  std::vector<double> bare;
  std::vector<double> added;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<double> our_times;
    std::vector<double> bare_times;
    for (int i = 0; i < kRequests; ++i) {
      our_times.push_back(time_ours(chain, prompt));
      bare_times.push_back(time_bare(a, b, prompt.messages[0].text));
    }
    ours.push_back(median(our_times));
    bare.push_back(median(bare_times));
    added.push_back(ours.back() - bare.back());
  }
  tell("failover A (429) to B, ours", median(ours), "ms", "");
  tell("failover A (429) to B, bare httplib with the JSON parsed", median(bare), "ms", "");
  tell("failover A (429) to B, added by us", median(added), "ms", "< 0.3 ms");
}

}  // namespace autofix::bench
