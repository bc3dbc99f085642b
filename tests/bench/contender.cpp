#include "tests/bench/contender.h"

#include <functional>
#include <httplib.h>
#include <iostream>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "tests/bench/our_chain.h"
#include "tests/bench/samples.h"
#include "tests/bench/spawn.h"

namespace autofix::bench {
namespace {

using nlohmann::json;

const std::string kText(4'000, 'x');

/// Does one request; throws when B's answer did not come.
using Ask = std::function<void()>;

struct Connection {
  explicit Connection(int port) : client("127.0.0.1", port) {
    client.set_keep_alive(true);
    client.set_tcp_nodelay(true);
  }
  httplib::Client client;
};

void require_answer(const httplib::Result& reply) {
  if (!reply || json::parse(reply->body)["choices"][0]["message"]["content"] != "fixed") {
    throw std::runtime_error("B did not answer" + (reply ? ": " + reply->body : std::string()));
  }
}

/// What cannot be done without: a request to each, with the JSON parsed.
Ask bare(int port, bool asks_a) {
  const auto a = std::make_shared<Connection>(port);
  const auto b = std::make_shared<Connection>(port);
  return [a, b, asks_a] {
    if (asks_a) {
      const json body = {{"contents", {{{"role", "user"}, {"parts", {{{"text", kText}}}}}}}};
      const auto reply = a->client.Post("/v1beta/models/m:generateContent",
                                        {{"x-goog-api-key", "bench-key-a"}}, body.dump(), "application/json");
      if (!reply || reply->status != 429 ||
          json::parse(reply->body)["error"]["status"] != "RESOURCE_EXHAUSTED") {
        throw std::runtime_error("A did not answer 429");
      }
    }
    const json body = {{"model", "m"}, {"messages", {{{"role", "user"}, {"content", kText}}}}};
    require_answer(b->client.Post("/openai/v1/chat/completions", {{"Authorization", "Bearer bench-key-b"}},
                                  body.dump(), "application/json"));
  };
}

Ask ours(int port, Memory memory) {
  const auto chain = std::make_shared<OurChain>("http://127.0.0.1:" + std::to_string(port), memory);
  providers::Prompt prompt;
  prompt.system = "s";
  prompt.messages = {{providers::Message::Role::user, kText}};
  return [chain, prompt] {
    if (chain->complete(prompt) != "fixed") throw std::runtime_error("B did not answer");
  };
}

/// The cheapest client that a gateway can have.
Ask through_gateway(int port, int gateway_port) {
  const std::string base = "http://127.0.0.1:" + std::to_string(port);
  const json config = {
      {"strategy", {{"mode", "fallback"}, {"on_status_codes", {429}}}},
      {"targets",
       {{{"provider", "google"}, {"api_key", "bench-key-a"}, {"custom_host", base}},
        {{"provider", "openai"}, {"api_key", "bench-key-b"}, {"custom_host", base + "/openai/v1"}}}}};
  const auto gateway = std::make_shared<Connection>(gateway_port);
  return [gateway, headers = httplib::Headers{{"x-portkey-config", config.dump()}}] {
    const json body = {{"model", "m"}, {"messages", {{{"role", "user"}, {"content", kText}}}}};
    require_answer(gateway->client.Post("/v1/chat/completions", headers, body.dump(), "application/json"));
  };
}

}  // namespace

int run_contender(const std::vector<std::string>& arguments) {
  const std::string& name = arguments.at(0);
  const int port = std::stoi(arguments.at(1));
  pid_t measured = getpid();
  Ask ask;
  if (name == "gateway") {
    ask = through_gateway(port, std::stoi(arguments.at(2)));
    measured = std::stoi(arguments.at(3));
  } else if (name == "ours") {
    ask = ours(port, Memory::process);
  } else if (name == "ours-forgetful") {
    ask = ours(port, Memory::nowhere);
  } else if (name == "ours-sqlite") {
    ask = ours(port, Memory::sqlite);
  } else {
    ask = bare(port, name != "bare-b");
  }
  for (std::string line; std::getline(std::cin, line);) {
    std::vector<double> times;
    const double cpu = cpu_milliseconds(measured);
    for (int left = std::stoi(line); left > 0; --left) {
      const auto begin = Clock::now();
      ask();
      times.push_back(milliseconds(Clock::now() - begin));
    }
    const double used = cpu_milliseconds(measured) - cpu;
    std::cout << json{{"times", times}, {"cpuMs", used}, {"residentMb", resident_megabytes(measured)}}
              << std::endl;
  }
  return 0;
}

}  // namespace autofix::bench
