// One process of several that share a store: a chain and the engine's loop in small. Its only argument says
// as JSON what to be made of; each line on its input is one ask, answered by one line of JSON. A program of
// its own, so that it starts without threads, may be killed at any point, and has a clock of its own.
#include <csignal>
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "providers/chain.h"
#include "server/store/store.h"

namespace autofix {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using providers::Step;

class MovedClock final : public providers::Clock {
 public:
  explicit MovedClock(std::chrono::seconds by) : by_(by) {}
  providers::Now now() const override {
    return {std::chrono::system_clock::now() + by_, std::chrono::steady_clock::now()};
  }

 private:
  std::chrono::seconds by_;
};

std::vector<providers::LinkConfig> links_of(const json& links) {
  std::vector<providers::LinkConfig> all;
  for (const json& entry : links) {
    providers::LinkConfig link;
    link.name = link.display_name = entry.at("name");
    link.dialect = providers::DialectKind::openai;
    link.base_url = entry.at("baseUrl");
    link.models = {"openai/gpt-oss-120b"};
    link.credentials = {{"gsk_not_a_real_key_" + link.name, "test"}};
    link.max_output_tokens = entry.value("maxOutputTokens", 1'024);
    link.usd_per_million_input = link.usd_per_million_output = entry.value("usdPerMillion", 0.0);
    all.push_back(std::move(link));
  }
  return all;
}

struct Driver {
  explicit Driver(const json& config)
      : clock(std::chrono::seconds(config.value("clockSeconds", 0))),
        store(store::open_store(options_of(config))),
        chain(links_of(config.at("links")), chain_options(config), *store.documents, clock) {
    prompt.system = "s";
    prompt.messages = {
        {providers::Message::Role::user, std::string(config.value("promptBytes", std::size_t{100}), 'q')}};
    input_tokens = static_cast<int>(config.value("promptBytes", 100) / 2);
  }

  static providers::ChainOptions chain_options(const json& config) {
    providers::ChainOptions options;
    options.max_retries = config.value("maxRetries", 1);
    if (config.contains("usdPerDay")) options.usd_per_day = config["usdPerDay"].get<double>();
    return options;
  }

  store::StoreOptions options_of(const json& config) {
    store::StoreOptions options;
    options.url = config.at("store");
    options.state_folder = config.at("state").get<std::string>();
    options.notice = [this](std::string notice) { notices.push_back(std::move(notice)); };
    // Sanitizers on a busy machine must not look like a store in trouble.
    options.limits.busy = options.limits.connect = options.limits.command = options.limits.total = 60s;
    return options;
  }

  /// `LINK ok`, `LINK over REASON`, `LINK lost REASON`, `LINK REASON`, in order.
  json ask() {
    json trail = json::array();
    std::vector<providers::Tried> tried;
    std::vector<std::string> done;
    std::set<std::string> lost_races;
    providers::Query query;
    query.estimate.input_tokens = input_tokens;
    query.deadline = std::chrono::steady_clock::now() + 60s;
    while (true) {
      query.tried = tried;
      query.done = done;
      const Step step = chain.next(query);
      if (step.action == Step::Action::give_up) return trail;
      const auto add = [&](const std::string& what) { trail.push_back(step.link + " " + what); };
      if (step.action == Step::Action::pass_over) {
        add("over " + std::string(name_of(step.reason->kind)));
        tried.push_back({step.link, "", "", false, step.reason});
        done.push_back(step.link);
        continue;
      }
      const providers::Sent sent = chain.send(step, prompt, {}, query.deadline);
      if (sent.completion) {
        add("ok");
        return trail;
      }
      const std::string kind(name_of(sent.completion.error().kind));
      if (sent.sent) {
        add(kind);
        tried.push_back({step.link, step.model, step.key_id, true, sent.completion.error()});
      } else {
        add("lost " + kind);
        if (!lost_races.insert(step.link).second) done.push_back(step.link);
      }
    }
  }

  MovedClock clock;
  std::vector<std::string> notices;
  store::Store store;
  providers::Chain chain;
  providers::Prompt prompt;
  int input_tokens = 0;
};

}  // namespace
}  // namespace autofix

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  if (argc != 2) return 2;
  autofix::Driver driver(nlohmann::json::parse(argv[1]));
  std::cout << "ready" << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
    const nlohmann::json trail = driver.ask();
    std::cout << nlohmann::json{{"trail", trail}, {"notices", driver.notices}}.dump() << std::endl;
  }
  return 0;
}
