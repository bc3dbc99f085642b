// The failover chain against stand-ins on real sockets, with a clock that the test moves.
#include "providers/chain.h"

#include <atomic>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/providers/chain_setup.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

TEST_CASE("the first link answers and nobody else is asked") {
  Setup setup(kOk, kOk);
  CHECK(setup.run().trail == Trail{"gemini ok"});
  CHECK(setup.groq.requests().empty());
}

TEST_CASE("a used-up day leads to the next link, and is remembered until midnight in Los Angeles") {
  Setup setup(json::array({{{"preset", "quota_per_day"}}, {{"ok", "answer"}}}), kOk);
  CHECK(setup.run().trail == Trail{"gemini quota_exhausted", "groq ok"});
  CHECK(setup.run().trail == Trail{"gemini over quota_exhausted", "groq ok"});
  CHECK(setup.gemini.requests().size() == 1);
  CHECK(setup.chain->status().at(0).state == "quota_exhausted");
  setup.clock.wall = WallTime(std::chrono::seconds(1'771'833'600)) + 1min;  // 2026-02-23 08:00 UTC
  CHECK(setup.run().trail == Trail{"gemini ok"});
}

TEST_CASE("a second key is asked before the next link") {
  Setup setup(json::array({{{"preset", "quota_per_day"}}, {{"ok", "answer"}}}), kOk, 2);
  CHECK(setup.run().trail == Trail{"gemini quota_exhausted", "gemini ok"});
  REQUIRE(setup.gemini.requests().size() == 2);
  CHECK(setup.gemini.requests()[0].headers.at("x-goog-api-key") !=
        setup.gemini.requests()[1].headers.at("x-goog-api-key"));
  CHECK(setup.run().trail == Trail{"gemini ok"});  // with the second key at once
}

TEST_CASE("a bad key is not asked again until it changes") {
  Setup setup(json::array({{{"preset", "bad_key"}}}), kOk);
  CHECK(setup.run().trail == Trail{"gemini auth_failed", "groq ok"});
  setup.clock.wall += 48h;
  CHECK(setup.run().trail == Trail{"gemini over auth_failed", "groq ok"});
}

TEST_CASE("a retired model leads to the link's next model, for a day") {
  Setup setup(json::array({{{"preset", "model_gone"}}, {{"ok", "answer"}}}), kOk);
  CHECK(setup.run().trail == Trail{"gemini model_gone", "gemini ok"});
  CHECK(setup.gemini.requests()[1].path.find("model-b") != std::string::npos);
  CHECK(setup.run().trail == Trail{"gemini ok"});
  CHECK(setup.gemini.requests()[2].path.find("model-b") != std::string::npos);
  setup.clock.wall += 25h;
  setup.run();
  CHECK(setup.gemini.requests()[3].path.find("model-a") != std::string::npos);
}

TEST_CASE("an overloaded server gets one retry, then the next link, then the breaker") {
  Setup setup(json::array({{{"preset", "overloaded"}}}), kOk);
  CHECK(setup.run().trail == Trail{"gemini overloaded", "gemini overloaded", "groq ok"});
  const Trail second = setup.run().trail;
  CHECK(second.back() == "groq ok");
  const Trail third = setup.run().trail;
  CHECK(third == Trail{"gemini over circuit_open", "groq ok"});
  setup.clock.wall += 10min;
  CHECK(setup.run().trail.front() == "gemini overloaded");  // the probe
}

TEST_CASE("quota and keys never open the breaker") {
  Setup setup(json::array({{{"preset", "quota_per_minute"}}}), kOk);
  for (int i = 0; i < 10; ++i) {
    setup.run();
    setup.clock.wall += 2min;
  }
  CHECK(setup.record("gemini").breaker.consecutive_failures == 0);
  CHECK(setup.gemini.requests().size() == 10);
}

TEST_CASE("a refusal, a bad request and a cut answer go to the next link once") {
  for (const char* preset : {"safety", "bad_request"}) {
    Setup setup(json::array({{{"preset", preset}}}), kOk);
    const Trail trail = setup.run().trail;
    INFO(preset);
    CHECK(trail.size() == 2);
    CHECK(trail.back() == "groq ok");
    CHECK(setup.gemini.requests().size() == 1);
  }
}

TEST_CASE("a minute's limit is waited out only when nothing else is open and the deadline allows it") {
  Setup setup(json::array({{{"preset", "quota_per_minute"}}, {{"ok", "answer"}}}),
              json::array({{{"preset", "quota_per_day"}}}));
  CHECK(setup.run(5s).trail == Trail{"gemini rate_limited", "groq quota_exhausted"});
  Setup patient(json::array({{{"preset", "quota_per_minute"}}, {{"ok", "answer"}}}),
                json::array({{{"preset", "quota_per_day"}}}));
  CHECK(patient.run(5min).trail == Trail{"gemini rate_limited", "groq quota_exhausted", "gemini ok"});
}

TEST_CASE("Retry-After: 0 does not make a loop") {
  Setup setup(
      json::array({{{"status", 429},
                    {"headers", {{"Retry-After", "0"}}},
                    {"body", R"({"error":{"code":429,"message":"quota","status":"RESOURCE_EXHAUSTED"}})"}}}),
      kOk);
  CHECK(setup.run().trail == Trail{"gemini quota_exhausted", "groq ok"});
}

TEST_CASE("the limit that a 413 names is remembered, and the request is cut to it") {
  Setup setup(json::array({{{"preset", "quota_per_day"}}}),
              json::array({{{"preset", "tokens_per_minute"}}, {{"ok", "answer"}}}));
  const Setup::Done done = setup.run();
  CHECK(done.trail == Trail{"gemini quota_exhausted", "groq too_large", "groq ok"});
  REQUIRE(setup.groq.requests().size() == 2);
  const auto cap = [&](std::size_t i) {
    return json::parse(setup.groq.requests()[i].body).at("max_completion_tokens").get<int>();
  };
  CHECK(cap(1) < cap(0));
  CHECK(cap(1) < 6000);
}

TEST_CASE("a cancelled call closes its socket within 100 ms and teaches nothing") {
  Setup setup(json::array({{{"stall", true}}}), kOk);
  Query query;
  query.estimate.input_tokens = 100;
  query.deadline = std::chrono::steady_clock::now() + 20s;
  const Step step = setup.chain->next(query);
  std::stop_source stop;
  std::chrono::steady_clock::time_point asked;
  std::thread canceller([&] {
    REQUIRE(setup.gemini.wait_for_requests(1));
    asked = std::chrono::steady_clock::now();
    stop.request_stop();
  });
  const Sent sent = setup.chain->send(step, Setup::prompt(), stop.get_token(), query.deadline);
  const auto took = std::chrono::steady_clock::now() - asked;
  canceller.join();
  REQUIRE(!sent.completion);
  CHECK(sent.completion.error().kind == ErrorKind::cancelled);
  CHECK(took < 100ms);
  CHECK(setup.gemini.wait_for_hang_ups(1));
  CHECK(setup.record("gemini").breaker.consecutive_failures == 0);
  CHECK(setup.record("gemini").breaker.recent.empty());
  CHECK(setup.chain->status().at(0).state == "ready");
}

TEST_CASE("many threads at once share what one of them learned") {
  Setup setup(json::array({{{"preset", "quota_per_day"}}}), kOk);
  setup.run();
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  std::atomic<int> held_back = 0;  // a free key's minute does not take all of them
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      Query query;
      query.estimate = {100, 200};

      query.deadline = std::chrono::steady_clock::now() + 20s;
      std::vector<Tried> tried;
      std::vector<std::string> finished;
      for (int round = 0; round < 5; ++round) {
        query.tried = tried;
        query.done = finished;
        const Step step = setup.chain->next(query);
        if (step.action == Step::Action::pass_over) {
          tried.push_back({step.link, "", "", false, step.reason});
          finished.push_back(step.link);
          continue;
        }
        if (step.action != Step::Action::send) return;
        const Sent sent = setup.chain->send(step, Setup::prompt(), {}, query.deadline);
        if (sent.completion) ++answered;
        if (!sent.sent) ++held_back;
        return;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(answered + held_back == 8);
  CHECK(answered > 0);
  CHECK(setup.gemini.requests().size() == 1);
}

TEST_CASE("the faster link is asked first once both have answered") {
  Setup setup(json::array({{{"ok", "answer"}, {"delayMs", 80}}}), kOk, 1, Routing::fastest);
  CHECK(setup.run().trail == Trail{"gemini ok"});
  CHECK(setup.run().trail == Trail{"groq ok"});  // it has not answered yet
  CHECK(setup.run().trail == Trail{"groq ok"});
  CHECK(setup.run().trail == Trail{"groq ok"});
}

TEST_CASE("the cheaper link is asked first, and the other when it fails") {
  Setup setup(kOk, json::array({{{"ok", "answer"}}, {{"preset", "quota_per_day"}}}), 1, Routing::cheapest);
  CHECK(setup.run().trail == Trail{"groq ok"});
  CHECK(setup.run().trail == Trail{"groq quota_exhausted", "gemini ok"});
}

TEST_CASE("a barred link is named and never asked") {
  Setup setup(kOk, kOk);
  std::vector<LinkConfig> links = {setup.config("gemini"), setup.config("groq")};
  links[0].barred = true;
  setup.chain = std::make_unique<Chain>(links, ChainOptions{}, *setup.documents, setup.clock);
  CHECK(setup.run().trail == Trail{"gemini over skipped", "groq ok"});
  CHECK(setup.chain->status().front().message == kBarred);
  CHECK(setup.chain->check("gemini", {}, std::chrono::steady_clock::now() + 5s).error);
  CHECK(setup.gemini.all_bytes().empty());
}

TEST_CASE("a day's budget is shared by all links and begins anew at midnight") {
  Setup setup(kOk, kOk);
  std::vector<LinkConfig> links = {setup.config("gemini"), setup.config("groq")};
  links[0].usd_per_million_output = 1000;  // dear: what one request may cost is more than the day's money
  ChainOptions options;
  options.usd_per_day = 0.5;
  setup.chain = std::make_unique<Chain>(links, options, *setup.documents, setup.clock);
  CHECK(setup.run().trail == Trail{"gemini unsent skipped", "groq ok"});
  CHECK(setup.gemini.requests().empty());
  options.usd_per_day = 100;
  setup.chain = std::make_unique<Chain>(links, options, *setup.documents, setup.clock);
  CHECK(setup.run().trail == Trail{"gemini ok"});
  options.usd_per_day = 0;
  setup.chain = std::make_unique<Chain>(links, options, *setup.documents, setup.clock);
  CHECK(setup.run().trail == Trail{"gemini over skipped", "groq over skipped"});
}

TEST_CASE("a model on its way is waited for, as long as the deadline allows") {
  const json loading = {{"status", 503}, {"body", R"({"error":{"code":503,"message":"Loading model"}})"}};
  Setup setup(json::array({loading, loading, loading, loading, {{"ok", "answer"}}}), kOk);
  CHECK(setup.run(60s).trail == Trail{"gemini overloaded", "gemini overloaded", "gemini overloaded",
                                      "gemini overloaded", "gemini ok"});
  CHECK(setup.record("gemini").breaker.consecutive_failures == 0);
  Setup hurried(json::array({loading}), kOk);
  CHECK(hurried.run(5s).trail == Trail{"gemini overloaded", "groq ok"});
}

TEST_CASE("check asks for the model list and spends no completion") {
  Setup setup(kOk, kOk);
  const LinkCheck check = setup.chain->check("gemini", {}, std::chrono::steady_clock::now() + 5s);
  CHECK(check.reachable);
  CHECK(!check.error);
  CHECK(setup.gemini.requests().empty());
}

}  // namespace
}  // namespace autofix::providers
