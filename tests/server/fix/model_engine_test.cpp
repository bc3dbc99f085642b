// The engine with model links on real sockets: earlier fixes, two links at once, retired models.
#include <map>
#include <nlohmann/json.hpp>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>
#include <sstream>

#include "server/fix/engine.h"
#include "tests/support/catch.h"
#include "tests/support/fake_provider.h"

namespace autofix::fix {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::FakeProvider;
using test::Vendor;

/// Keeps what it is given, in a map.
class MapCache final : public FixCache {
 public:
  std::optional<CachedFix> find(std::span<const std::string> keys, providers::WallTime not_before) override {
    for (const std::string& key : keys) {
      const auto known = kept.find(key);
      if (known != kept.end() && known->second.stored >= not_before) return known->second;
    }
    return std::nullopt;
  }
  void store(const CachedFix& fix) override { kept[fix.key] = fix; }
  void drop(const std::string& key) override { kept.erase(key); }
  int clear() override {
    const int count = static_cast<int>(kept.size());
    kept.clear();
    return count;
  }
  std::map<std::string, CachedFix> kept;
};

class ListLog final : public FixLog {
 public:
  void record(const LoggedFix& fix) override { fixes.push_back(fix); }
  std::vector<LoggedFix> since(providers::WallTime) const override { return fixes; }
  std::vector<LoggedFix> fixes;
};

/// Wall time that the test moves.
class TestClock final : public providers::Clock {
 public:
  providers::Now now() const override { return {wall, std::chrono::steady_clock::now()}; }
  providers::WallTime wall = providers::WallTime(std::chrono::seconds(1'771'761'600));
};

std::string block(const std::string& search, const std::string& replace) {
  return "Fixed it.\n\napp/a.py\n<<<<<<< SEARCH\n" + search + "\n=======\n" + replace + "\n>>>>>>> REPLACE\n";
}

const json kOk = json::array({{{"ok", block("x = foo", "x = 1")}}});

struct Rig {
  Rig(const json& gemini_script, const json& groq_script, EngineOptions options = {})
      : gemini(Vendor::gemini, test::fake_script(Vendor::gemini, gemini_script)),
        groq(Vendor::groq, test::fake_script(Vendor::groq, groq_script)),
        cache(std::make_shared<MapCache>()),
        log(std::make_shared<ListLog>()),
        documents(providers::make_memory_chain_documents()) {
    providers::LinkConfig first;
    first.name = "gemini";
    first.display_name = "Gemini";
    first.dialect = providers::DialectKind::gemini;
    first.base_url = gemini.base_url();
    first.models = {"gemini-3.8-flash", "gemini-3.7-flash"};
    first.credentials = {{"AIza-key-not-real", "test"}};
    providers::LinkConfig second = first;
    second.name = "groq";
    second.display_name = "Groq";
    second.dialect = providers::DialectKind::openai;
    second.base_url = groq.base_url();
    second.models = {"openai/gpt-oss-120b"};
    chain = std::make_unique<providers::Chain>(std::vector{first, second}, providers::ChainOptions{},
                                               *documents, clock);
    auto logger =
        std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(log_text));
    engine = std::make_unique<FixEngine>(*chain, std::map<std::string, std::unique_ptr<FixSource>>{}, clock,
                                         std::move(logger), std::move(options), EngineMemory{cache, log, {}});
  }

  FixResult fix(const std::string& text = "x = foo\ny = 1\n", std::uint32_t line = 0) {
    FixRequest request;
    request.files = make_memory_files({{"app/a.py", text}});
    problems::Problem problem;
    problem.path = "app/a.py";
    problem.range = {{line, 4}, {line, 7}};
    problem.message = "undefined name 'foo'";
    request.problems = {problem};
    request.earlier_try = earlier_try;
    request.budget.deadline = std::chrono::steady_clock::now() + 30s;
    return engine->run({"session-1", {}, {}}, request, verifier);
  }

  std::string trail(const FixResult& result) const {
    std::string out;
    for (const Attempt& attempt : result.attempts) {
      out += (out.empty() ? "" : ", ") + attempt.link + " " + std::string(name_of(attempt.outcome));
    }
    return out;
  }

  FakeProvider gemini;
  FakeProvider groq;
  std::shared_ptr<MapCache> cache;
  std::shared_ptr<ListLog> log;
  std::unique_ptr<providers::ChainDocuments> documents;
  TestClock clock;
  std::ostringstream log_text;
  std::unique_ptr<providers::Chain> chain;
  std::unique_ptr<FixEngine> engine;
  std::string earlier_try;
  Verifier* verifier = nullptr;
};

TEST_CASE("the same problem is fixed again without asking anybody") {
  Rig rig(kOk, kOk);
  CHECK(rig.trail(rig.fix()) == "gemini ok");
  const FixResult again = rig.fix("import os\n\nx = foo\ny = 2\n", 2);
  CHECK(rig.trail(again) == "cache ok");
  CHECK(again.cached);
  CHECK(again.link == "gemini");
  REQUIRE(again.patch);
  CHECK(again.patch->files[0].after == "import os\n\nx = 1\ny = 2\n");
  CHECK(rig.gemini.requests().size() == 1);
  REQUIRE(rig.log->fixes.size() == 2);
  CHECK(rig.log->fixes[1].cached);
  CHECK(rig.log->fixes[0].attempts[0].sent);
  CHECK(rig.log->fixes[0].attempts[0].usage.input_tokens > 0);
}

TEST_CASE("a hit that does not fit any more is dropped, and the chain is asked") {
  Rig rig(json::array({{{"ok", block("x = foo", "x = 1")}}, {{"ok", block("print(foo)", "print(1)")}}}), kOk);
  rig.fix("print(1)\nx = foo\n", 1);
  REQUIRE(rig.cache->kept.size() == 1);
  // The same problem's line, but the text to replace is there twice.
  const FixResult result = rig.fix("x = foo\nx = foo\nprint(foo)\n", 1);
  CHECK(rig.trail(result) == "cache edit_failed, gemini ok");
  CHECK(!result.cached);
}

TEST_CASE("retry passes the cache over, and old entries are not used") {
  Rig rig(kOk, kOk);
  rig.fix();
  rig.earlier_try = "it did this";
  CHECK(rig.trail(rig.fix()) == "cache skipped, gemini ok");
  rig.earlier_try.clear();
  rig.clock.wall += std::chrono::hours(24 * 31);
  CHECK(rig.trail(rig.fix()) == "gemini ok");
}

TEST_CASE("failures and refused candidates are never kept") {
  Rig rig(json::array({{{"ok", "no edits at all"}}}), json::array({{{"ok", block("x = bar", "x = 1")}}}));
  CHECK(rig.fix().status == Status::no_fix);
  CHECK(rig.cache->kept.empty());
}

/// Says of every patch that it failed.
class NeverProven final : public Verifier {
 public:
  Verification verify(const RequestContext&, const Patch&) override {
    Verification verification;
    verification.state = Verification::State::failed;
    verification.reason = "scripted";
    return verification;
  }
};

TEST_CASE("a candidate that failed verification is not kept, and a hit that fails it is dropped") {
  NeverProven never;
  Rig rig(kOk, kOk);
  rig.verifier = &never;
  CHECK(rig.fix().status == Status::rejected);
  CHECK(rig.cache->kept.empty());
  rig.verifier = nullptr;
  rig.fix();
  REQUIRE(rig.cache->kept.size() == 1);
  rig.verifier = &never;
  const FixResult result = rig.fix();
  CHECK(result.attempts.front().link == "cache");
  CHECK(result.attempts.front().outcome == Outcome::failed_verification);
  CHECK(rig.cache->kept.empty());
}

EngineOptions hedging() {
  EngineOptions options;
  options.hedge = true;
  return options;
}

TEST_CASE("a link that is slower than it mostly is gets company, and the loser's socket is closed") {
  json script = json::array();
  // Slow enough that the request is on its way before another one is thought of.
  for (int i = 0; i < 10; ++i) script.push_back({{"ok", block("x = foo", "x = 1")}, {"delayMs", 40}});
  script.push_back({{"stall", true}});
  Rig rig(script, kOk, hedging());
  const auto fresh = [&] {
    rig.cache->clear();
    return rig.fix();
  };
  for (int i = 0; i < 10; ++i) CHECK(rig.trail(fresh()) == "gemini ok");
  CHECK(rig.groq.requests().empty());
  const FixResult result = fresh();
  CHECK(rig.trail(result) == "gemini cancelled, groq ok");
  CHECK(result.link == "groq");
  CHECK(rig.gemini.wait_for_hang_ups(1));
  // What was lost teaches nothing.
  CHECK(rig.chain->status().front().state == "ready");
  // One in ten: the next slow one waits alone.
  CHECK(!rig.chain->hedge_delay(
      rig.chain->next({{100, 0}, {}, {}, {}, "", std::chrono::steady_clock::now() + 30s})));
}

TEST_CASE("no company before ten requests, without the option, or toward a scarce pool") {
  json script = json::array();
  for (int i = 0; i < 10; ++i) script.push_back({{"ok", block("x = foo", "x = 1")}});
  script.push_back({{"ok", block("x = foo", "x = 1")}, {"delayMs", 400}});
  Rig off(script, kOk);
  Rig scarce(script,
             json::array({{{"status", 200},
                           {"headers",
                            {{"x-ratelimit-limit-requests", "20"},
                             {"x-ratelimit-remaining-requests", "18"},
                             {"x-ratelimit-reset-requests", "2h"}}},
                           {"body", json::parse(R"({"model":"m","choices":[{"message":{"content":"none"},
                             "finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}})")}}}),
             hedging());
  // Groq's pool becomes known by one request of its own.
  {
    std::vector<std::string> only = {"groq"};
    const auto deadline = std::chrono::steady_clock::now() + 30s;
    const auto step = scarce.chain->next({{100, 0}, {}, {}, only, "", deadline});
    providers::Prompt prompt;
    prompt.messages = {{providers::Message::Role::user, "q"}};
    scarce.chain->send(step, prompt, {}, deadline);
  }
  for (Rig* rig : {&off, &scarce}) {
    const std::size_t before = rig->groq.requests().size();
    for (int i = 0; i < 11; ++i) {
      rig->cache->clear();
      CHECK(rig->trail(rig->fix()) == "gemini ok");
    }
    CHECK(rig->groq.requests().size() == before);
  }
}

TEST_CASE("a retired model is named with the one that takes its place") {
  Rig rig(json::array({{{"preset", "model_gone"}}, {{"ok", block("x = foo", "x = 1")}}}), kOk);
  const FixResult result = rig.fix();
  CHECK(rig.trail(result) == "gemini model_gone, gemini ok");
  REQUIRE(result.notices.size() == 1);
  CHECK(result.notices[0].find("gemini-3.8-flash; gemini-3.7-flash takes its place") != std::string::npos);
  CHECK(rig.fix().notices.empty());
}

}  // namespace
}  // namespace autofix::fix
