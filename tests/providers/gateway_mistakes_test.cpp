// What the known gateways get wrong (PROVIDERS.md), a test each that fails on the wrong behaviour. Cut
// streams are stream_test.cpp's, the cache is tests/server/fix/model_engine_test.cpp's.
#include <atomic>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/providers/chain_setup.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

json gemini_429(const std::string& delay, const std::string& quota_id) {
  return {{"status", 429},
          {"body",
           {{"error",
             {{"code", 429},
              {"status", "RESOURCE_EXHAUSTED"},
              {"message", "You exceeded your current quota."},
              {"details",
               {{{"@type", "type.googleapis.com/google.rpc.QuotaFailure"},
                 {"violations", {{{"quotaId", quota_id}, {"quotaValue", "20"}}}}},
                {{"@type", "type.googleapis.com/google.rpc.RetryInfo"}, {"retryDelay", delay}}}}}}}}};
}

const char* const kPerMinute = "GenerateRequestsPerMinutePerProjectPerModel-FreeTier";
const char* const kPerDay = "GenerateRequestsPerDayPerProjectPerModel-FreeTier";

TEST_CASE("a delay that stands in the body, not in a header, closes the link for just that long") {
  Setup setup(json::array({gemini_429("36s", kPerMinute), {{"ok", "answer"}}}), kOk);
  CHECK(setup.run().trail == Trail{"gemini rate_limited", "groq ok"});
  setup.clock.wall += 35s;
  CHECK(setup.run().trail == Trail{"gemini over rate_limited", "groq ok"});
  setup.clock.wall += 1s;
  CHECK(setup.run().trail == Trail{"gemini ok"});
}

TEST_CASE("a bad key answered with 400 is no bad request: the next key, then the next link") {
  Setup setup(json::array({{{"preset", "bad_key"}}}), kOk, 2);
  CHECK(setup.run().trail == Trail{"gemini auth_failed", "gemini auth_failed", "groq ok"});
  const auto key = [&](std::size_t at) { return setup.gemini.requests()[at].headers.at("x-goog-api-key"); };
  CHECK(key(0) != key(1));
}

TEST_CASE("a 429 is not slept out while another link is open") {
  Setup setup(json::array({gemini_429("47s", kPerMinute)}), kOk);
  const WallTime before = setup.clock.wall;
  CHECK(setup.run(5min).trail == Trail{"gemini rate_limited", "groq ok"});
  CHECK(setup.clock.wall == before);  // no step asked for a wait
}

TEST_CASE("each link is asked for its own model, with its own key") {
  Setup setup(json::array({{{"preset", "quota_per_day"}}}), kOk);
  setup.run();
  REQUIRE(setup.groq.requests().size() == 1);
  const test::RecordedRequest request = setup.groq.requests()[0];
  CHECK(json::parse(request.body).at("model") == "model-c");
  CHECK(request.headers.at("authorization") == "Bearer AIza-groq-key-not-real-0");
  CHECK(request.bytes.find("AIza-gemini") == std::string::npos);
}

TEST_CASE("a later, shorter delay does not shorten a cool-down") {
  Setup setup(json::array({gemini_429("7200s", kPerDay), gemini_429("1s", kPerMinute), {{"ok", "answer"}}}),
              kOk);
  setup.run();
  // A call that was under way before the first answer came ends later, with a shorter delay.
  setup.clock.wall += 1s;
  Step step;
  step.action = Step::Action::send;
  step.link = "gemini";
  step.model = "model-a";
  step.max_output_tokens = 100;
  step.key_id = setup.record("gemini").pools.begin()->first.substr(0, 12);
  const Sent late = setup.chain->send(step, Setup::prompt(), {}, std::chrono::steady_clock::now() + 20s);
  CHECK(!late.sent);  // it is known by now, so nothing even goes out
  setup.clock.wall += 1h;
  CHECK(setup.run().trail == Trail{"gemini over quota_exhausted", "groq ok"});
}

TEST_CASE("a dead key stays dead for the next request and for other processes") {
  Setup setup(json::array({{{"preset", "bad_key"}}}), kOk);
  setup.run();
  setup.chain = std::make_unique<Chain>(std::vector<LinkConfig>{setup.config("gemini"), setup.config("groq")},
                                        ChainOptions{}, *setup.documents, setup.clock);
  CHECK(setup.run().trail == Trail{"gemini over auth_failed", "groq ok"});
  CHECK(setup.gemini.requests().size() == 1);
}

TEST_CASE("concurrent requests do not move each other along the chain") {
  Setup setup(kOk, kOk, 3);
  std::vector<std::thread> threads;
  std::atomic<int> wrong = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int round = 0; round < 20; ++round) {
        Query query;
        query.estimate.input_tokens = 100;
        query.deadline = std::chrono::steady_clock::now() + 60s;
        const Step step = setup.chain->next(query);
        const Sent sent = setup.chain->send(step, Setup::prompt(), {}, query.deadline);
        if (step.link != "gemini" || !sent.completion) ++wrong;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(setup.groq.requests().empty());
  std::set<std::string> keys;
  for (const auto& request : setup.gemini.requests()) keys.insert(request.headers.at("x-goog-api-key"));
  CHECK(keys.size() == 1);
}

TEST_CASE("a day ends at midnight in Los Angeles, not in Greenwich") {
  Setup setup(json::array({gemini_429("", kPerDay), {{"ok", "answer"}}}), kOk);
  setup.clock.wall = WallTime(std::chrono::seconds(1'771'804'200));  // 2026-02-22 23:50 UTC
  setup.run();
  setup.clock.wall += 20min;  // past midnight UTC
  CHECK(setup.run().trail.front() == "gemini over quota_exhausted");
  setup.clock.wall += 8h;
  CHECK(setup.run().trail == Trail{"gemini ok"});
}

TEST_CASE("nothing is sent once the client has left") {
  Setup setup(json::array({{{"preset", "overloaded"}}}), kOk);
  std::stop_source stop;
  stop.request_stop();
  Query query;
  query.estimate.input_tokens = 100;
  query.deadline = std::chrono::steady_clock::now() + 20s;
  const Step step = setup.chain->next(query);
  const Sent sent = setup.chain->send(step, Setup::prompt(), stop.get_token(), query.deadline);
  REQUIRE(!sent.completion);
  CHECK(sent.completion.error().kind == ErrorKind::cancelled);
  CHECK(setup.gemini.all_bytes().empty());
  CHECK(setup.record("gemini").breaker.recent.empty());
}

}  // namespace
}  // namespace autofix::providers
