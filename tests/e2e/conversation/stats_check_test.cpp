// What the operator's commands say after real fixes: `autofix stats` and `autofix check`.
#include <algorithm>
#include <fstream>
#include <regex>
#include <sstream>

#include "tests/e2e/conversation/samples.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using nlohmann::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> all;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) all.push_back(line);
  return all;
}

/// A fix of the story's problem, which leaves the project as it is.
Ran fix(const Rig& rig) {
  const std::string report = (rig.outside() / "report.xml").string();
  std::ofstream(report) << failed_report(rig.project().string());
  return rig.run({"fix", ".", "--tests", report, "--json"});
}

const json kAnswer = {{"ok", fix_reply()}};

/// Gemini's day is used up, Groq answers, and the second time the answer is known.
struct Fixed : Rig {
  Fixed() : Rig(task_api(), json::array({{{"preset", "quota_per_day"}}}), json::array({kAnswer})) {
    for (const bool cached : {false, true}) {
      const Ran ran = fix(*this);
      INFO(ran.out << ran.err);
      REQUIRE(ran.exit_code == 0);
      REQUIRE(json::parse(ran.out).at("cached") == cached);
    }
  }
};

TEST_CASE("stats count what was done, as JSON and as a table") {
  const Fixed rig;
  const Ran ran = rig.run({"stats", "--json"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.exit_code == 0);
  CHECK(ran.err.empty());
  const json stats = json::parse(ran.out);
  CHECK(stats.at("since") == "7d");
  CHECK(stats.at("runs") == 2);
  CHECK(stats.at("fixes") == 2);
  CHECK(stats.at("verified") == 0);
  CHECK(stats.at("cacheHits") == 1);
  CHECK(stats.at("fallbacks") == 1);
  CHECK(stats.at("statuses") == json{{"unverified", 2}});
  const auto provider = [&](const char* name) {
    const json& all = stats.at("providers");
    const auto found = std::ranges::find_if(all, [&](const json& one) { return one.at("provider") == name; });
    REQUIRE(found != all.end());
    return *found;
  };
  const json gemini = provider("gemini");
  CHECK(gemini.at("requests") == 1);
  CHECK(gemini.at("answers") == 0);
  CHECK(gemini.at("fixes") == 0);
  CHECK(gemini.at("outcomes") == json{{"quota_exhausted", 1}});
  CHECK(gemini.at("latencyMs") == json{{"p50", nullptr}, {"p95", nullptr}});
  const json groq = provider("groq");
  CHECK(groq.at("requests") == 1);
  CHECK(groq.at("answers") == 1);
  CHECK(groq.at("fixes") == 1);
  CHECK(groq.at("outcomes") == json{{"ok", 1}});
  CHECK(groq.at("latencyMs").at("p50").is_number());
  CHECK(groq.at("latencyMs").at("p95").is_number());
  CHECK(groq.at("usage").at("inputTokens") == 1'100);
  CHECK(groq.at("usage").at("outputTokens") == 90);
  CHECK(groq.at("usage").at("costUsd").get<double>() > 0.0);
  CHECK(std::ranges::none_of(stats.at("providers"),
                             [](const json& one) { return one.at("provider") == "cache"; }));

  const Ran table = rig.run({"stats", "--since", "1h"});
  CHECK(table.exit_code == 0);
  CHECK_THAT(table.out, StartsWith("2 runs in 1h: 2 fixes, 0 % verified, 1 after a fallback, 1 from the "
                                   "cache\n"));
  CHECK_THAT(table.out, Contains("quota_exhausted 1"));
}

TEST_CASE("stats for Prometheus are its text format") {
  const Fixed rig;
  const Ran ran = rig.run({"stats", "--prometheus"});
  INFO(ran.out << ran.err);
  REQUIRE(ran.exit_code == 0);
  const std::regex help("# HELP [a-z_]+ .+");
  const std::regex type("# TYPE ([a-z_]+) gauge");
  const std::regex sample(R"(([a-z_]+)(\{([a-z]+="([^"\\]|\\.)*",?)+\})? -?[0-9]+(\.[0-9]+)?)");
  std::string family;
  for (const std::string& line : lines_of(ran.out)) {
    INFO(line);
    std::smatch match;
    if (std::regex_match(line, help)) continue;
    if (std::regex_match(line, match, type)) {
      family = match[1];
      continue;
    }
    REQUIRE(std::regex_match(line, match, sample));
    CHECK(match[1] == family);
  }
  const std::vector<std::string> lines = lines_of(ran.out);
  for (const char* line :
       {R"(autofix_runs{status="unverified"} 2)", "autofix_cache_hits 1", "autofix_fallbacks 1",
        R"(autofix_attempts{provider="gemini",outcome="quota_exhausted"} 1)",
        R"(autofix_attempts{provider="groq",outcome="ok"} 1)",
        R"(autofix_tokens{provider="groq",direction="in"} 1100)"}) {
    INFO(line);
    CHECK(std::ranges::find(lines, line) != lines.end());
  }
}

TEST_CASE("a span of time that is none is bad usage") {
  const Rig rig(task_api(), json::array(), json::array({kAnswer}));
  for (const char* span : {"garbage", "", "7", "d", "-7d", "0d", "7 d", "1.5h", "7y", "99999999999d"}) {
    const Ran ran = rig.run({"stats", std::string("--since=") + span});
    INFO("'" << span << "': " << ran.out << ran.err);
    CHECK(ran.exit_code == 2);
    CHECK(ran.out.empty());
    CHECK(lines_of(ran.err).size() == 2);
  }
  CHECK(rig.run({"stats", "--json", "--prometheus"}).exit_code == 2);
}

TEST_CASE("stats before the first fix are zeros") {
  const Rig rig(task_api(), json::array(), json::array({kAnswer}));
  const Ran ran = rig.run({"stats", "--json"});
  CHECK(ran.exit_code == 0);
  const json stats = json::parse(ran.out);
  CHECK(stats.at("runs") == 0);
  CHECK(stats.at("providers").empty());
  CHECK(rig.run({"stats"}).exit_code == 0);
}

TEST_CASE("check says of each link in one line what is known of it") {
  const Fixed rig;
  const Ran ran = rig.run({"check"});
  INFO(ran.out << ran.err);
  CHECK(ran.exit_code == 0);
  const std::vector<std::string> lines = lines_of(ran.out);
  REQUIRE(lines.size() == 2);
  CHECK_THAT(lines[0], StartsWith("gemini: quota_exhausted: "));
  CHECK_THAT(lines[0], Contains("(again in "));
  CHECK_THAT(lines[0], Contains("key from environment GOOGLE_API_KEY"));
  // As the headers of the fix said: 998 of 1,000 requests and 7,600 of 8,000 tokens.
  CHECK(std::regex_match(
      lines[1],
      std::regex("groq: ok, model openai/gpt-oss-120b, [0-9]+ ms, 998 requests left, [0-9]+ tokens left "
                 "\\(anew in [^)]+\\), key from environment GROQ_API_KEY")));
  CHECK(find_canary(ran.out + ran.err).empty());

  const json all = json::parse(rig.run({"check", "--json"}).out);
  REQUIRE(all.size() == 2);
  const json& groq = all.at(1);
  CHECK(groq.at("state") == "ready");
  CHECK(groq.at("model") == "openai/gpt-oss-120b");
  CHECK(groq.at("modelListed") == true);
  CHECK(groq.at("reachable") == true);
  CHECK(groq.at("requestsRemaining") == 998);
  CHECK(std::regex_match(groq.at("resetsAt").get<std::string>(),
                         std::regex("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}(\\.[0-9]+)?Z")));
  CHECK(all.at(0).at("state") == "quota_exhausted");
  CHECK(all.at(0).at("retryAt").is_string());
  // What it costs: nothing.
  CHECK(rig.groq->requests().size() == 1);
  CHECK(rig.gemini->requests().size() == 1);
}

TEST_CASE("check fails when no link works") {
  const Rig without_keys(task_api(), json::array(), json::array());
  const Ran none = without_keys.run({"check"});
  INFO(none.out << none.err);
  CHECK(none.exit_code == 1);
  CHECK(lines_of(none.out).size() == 2);
  for (const std::string& line : lines_of(none.out)) CHECK_THAT(line, Contains(": no_key: "));
  CHECK(lines_of(none.err).size() == 2);

  Rig gone(task_api(), json::array(), json::array({kAnswer}));
  gone.groq.reset();  // its port is closed from now on
  const Ran unreachable = gone.run({"check", "groq"});
  INFO(unreachable.out << unreachable.err);
  CHECK(unreachable.exit_code == 1);
  CHECK_THAT(unreachable.out, StartsWith("groq: connection: "));
  CHECK(json::parse(gone.run({"check", "groq", "--json"}).out).at(0).at("reachable") == false);
  CHECK(gone.run({"check", "nobody"}).exit_code == 2);
}

TEST_CASE("a retired model is told of once, with what takes its place") {
  const Rig rig(task_api(), json::array(), json::array({{{"preset", "model_gone"}}, kAnswer}),
                {{"cache", {{"enabled", false}}}});
  const std::string notice =
      "autofix: Groq no longer has the model openai/gpt-oss-120b; openai/gpt-oss-20b takes its place. Set "
      "providers.groq.model to choose.";
  const Ran first = fix(rig);
  INFO(first.out << first.err);
  CHECK(first.exit_code == 0);
  const std::vector<std::string> said = lines_of(first.err);
  CHECK(std::ranges::count(said, notice) == 1);
  const json attempts = json::parse(first.out).at("attempts");
  CHECK(attempts.at(attempts.size() - 2).at("outcome") == "model_gone");
  CHECK(attempts.back().at("outcome") == "ok");
  // Another process knows already.
  const Ran second = fix(rig);
  CHECK(second.exit_code == 0);
  CHECK(second.err.find("no longer has") == std::string::npos);
  CHECK(rig.groq->requests().size() == 3);
}

}  // namespace
}  // namespace autofix::test
