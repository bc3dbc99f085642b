// The real binary on a store that others share: earlier fixes, source text that stays at home, and a Redis
// server that goes away while fixes are under way.
#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/e2e/conversation/samples.h"
#include "tests/e2e/shared/fleet.h"
#include "tests/support/catch.h"
#include "tests/support/lsp_client.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

json answers(bool hold = false) {
  // Without the stand-in's usual tokens per minute, which several processes would use up.
  return json::array({{{"ok", fix_reply()}, {"pool", 1'000}, {"hold", hold}}});
}

/// The story's project, with Groq alone.
struct Project : Rig {
  explicit Project(const std::string& store_url, json config = json::object(), bool hold = false)
      : Rig(task_api(), json::array(), answers(hold), with_store(std::move(config), store_url)) {
    json diagnostic = routes_diagnostic();
    diagnostic["path"] = "app/routes.py";
    report = (outside() / "diagnostics.json").string();
    std::ofstream(report) << json::array({diagnostic}).dump();
  }
  static json with_store(json config, const std::string& url) {
    config["store"]["url"] = url;
    config["chain"] = {"groq"};
    return config;
  }
  std::vector<std::string> arguments() const { return {"fix", ".", "--diagnostics", report, "--json"}; }
  json fix() const {
    const Ran ran = run(arguments());
    INFO(ran.out << ran.err);
    REQUIRE(ran.exit_code == 0);
    return json::parse(ran.out);
  }
  std::size_t asked() const { return groq->requests().size(); }

  std::string report;
};

std::vector<std::string> attempts_of(const json& result) {
  std::vector<std::string> all;
  for (const json& attempt : result.at("attempts")) {
    all.push_back(attempt.at("provider").get<std::string>() + " " + attempt.at("outcome").get<std::string>());
  }
  return all;
}

void check_cache(const std::string& url) {
  const Project project(url);
  const json first = project.fix();
  CHECK(first.at("cached") == false);
  CHECK(attempts_of(first) == std::vector<std::string>{"groq ok"});
  CHECK(project.asked() == 1);

  const json second = project.fix();
  CHECK(second.at("cached") == true);
  CHECK(attempts_of(second) == std::vector<std::string>{"cache ok"});
  CHECK(second.at("provider") == "groq");
  CHECK(second.at("diff") == first.at("diff"));
  CHECK(project.asked() == 1);

  const Ran clear = project.run({"cache", "clear"});
  CHECK(clear.exit_code == 0);
  CHECK(clear.out == "1 earlier fix forgotten\n");
  CHECK(attempts_of(project.fix()) == std::vector<std::string>{"groq ok"});
  CHECK(project.asked() == 2);
}

TEST_CASE("SQLite: the same problem again asks nobody, in another process too") {
  check_cache("sqlite:");
}

TEST_CASE("Redis: the same problem again asks nobody, in another process too") {
  if (redis_is_missing()) return;
  const RedisServer redis;
  check_cache(redis.socket_url());
}

TEST_CASE("source text gets to Redis only where the cache is shared, and then helps another machine") {
  if (redis_is_missing()) return;
  const bool shared = GENERATE(false, true);
  const RedisServer redis;
  Project project(redis.socket_url(), {{"cache", {{"shared", shared}}}});
  project.fix();
  const std::string all = everything(*redis.raw_client());
  CHECK_THAT(all, Contains("autofix:document:"));
  CHECK_THAT(all, Contains("groq"));
  for (const char* canary : {"What the task API answers", "models.Task", "from app import models"}) {
    INFO(canary);
    CHECK((all.find(canary) != std::string::npos) ==
          (shared && fix_reply().find(canary) != std::string::npos));
  }
  CHECK(find_canary(all).empty());

  // Another machine: nothing but the Redis server is common.
  project.environment["XDG_STATE_HOME"] = (project.outside() / "other").string();
  const json there = project.fix();
  CHECK(there.at("cached") == shared);
  CHECK(project.asked() == (shared ? 1U : 2U));
}

/// A fix under way.
struct UnderWay {
  explicit UnderWay(const Project& project) : child(options_of(project)) { child.close_input(); }
  ChildOptions options_of(const Project& project) const {
    ChildOptions options;
    options.argv = project.arguments();
    options.argv.insert(options.argv.begin(), autofix_binary());
    options.environment = project.environment;
    options.folder = project.project();
    options.error_file = temp.path() / "stderr";
    return options;
  }
  /// What it says to the user beside the log and the result.
  std::vector<std::string> notices() const {
    std::vector<std::string> all;
    std::istringstream said(temp.read("stderr"));
    for (std::string line; std::getline(said, line);) {
      if (line.starts_with("autofix: ")) all.push_back(line);
    }
    return all;
  }

  TempFolder temp;
  ChildProcess child;
};

void check_one_notice(const std::vector<std::string>& notices) {
  INFO(Catch::rangeToString(notices));
  REQUIRE(notices.size() == 1);
  CHECK_THAT(notices.front(), Contains("Redis"));
}

TEST_CASE("Redis is stopped while four processes fix: they go on, with one notice each") {
  if (redis_is_missing()) return;
  RedisServer redis;
  const Project project(redis.socket_url(), {{"cache", {{"enabled", false}}}}, true);
  std::vector<std::unique_ptr<UnderWay>> all;
  for (int i = 0; i < 4; ++i) all.push_back(std::make_unique<UnderWay>(project));
  REQUIRE(project.groq->wait_for_requests(4, std::chrono::seconds(60)));
  redis.stop();
  project.groq->release();
  // And one that comes later.
  all.push_back(std::make_unique<UnderWay>(project));
  for (const auto& one : all) {
    CHECK(one->child.wait(60) == 0);
    check_one_notice(one->notices());
  }
  CHECK(project.asked() == 5);
}

TEST_CASE("Redis is stopped under a language server: fixes go on, with one notice") {
  if (redis_is_missing()) return;
  RedisServer redis;
  const Project project(redis.socket_url(), {{"cache", {{"enabled", false}}}});
  LspClient editor(project.environment, project.project());
  editor.initialize();
  editor.open("app/routes.py", kRoutes);
  const auto fix = [&](std::int64_t version) {
    const json argument = {{"uri", editor.uri("app/routes.py")},
                           {"version", version},
                           {"diagnostics", json::array({routes_diagnostic()})}};
    return editor.request("autofix/fix", argument);
  };
  const auto notices = [&] {
    std::vector<std::string> all;
    for (const json& message : editor.notifications) {
      if (message.at("method") == "window/showMessage") all.push_back(message.at("params").at("message"));
    }
    return all;
  };
  CHECK(fix(1).at("status") == "unverified");
  CHECK(notices().empty());
  redis.stop();
  for (int i = 0; i < 3; ++i) {
    editor.type("app/routes.py", kRoutes);
    CHECK(fix(editor.document("app/routes.py").version).at("status") == "unverified");
  }
  check_one_notice(notices());
  CHECK(project.asked() == 4);
  CHECK(editor.shut_down() == 0);
}

}  // namespace
}  // namespace autofix::test
