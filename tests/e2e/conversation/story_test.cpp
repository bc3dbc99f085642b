// The story that the project comes from, in six steps, with the real binary: 1 keys found, 2 the project, 3
// the bug, 4 the failing report, 5 Gemini is exhausted and Groq answers, 6 one fix applied and verified by
// the next report.
#include <algorithm>
#include <fstream>

#include "tests/e2e/conversation/samples.h"
#include "tests/support/catch.h"
#include "tests/support/lsp_client.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

constexpr const char* kLogLine = "Gemini quota exhausted, trying Groq fallback";

json quota() {
  return json::array({{{"preset", "quota_per_day"}}});
}
json answers() {
  return json::array({{{"ok", fix_reply()}}});
}

TEST_CASE("the six steps on the command line") {
  Rig rig(task_api(), quota(), answers());
  // 1: keys found, both links answer.
  const Ran check = rig.run({"check", "gemini", "groq", "--json"});
  INFO(check.out << check.err);
  CHECK(check.exit_code == 0);
  CHECK(check.out.find("GOOGLE_API_KEY") != std::string::npos);
  // 2 to 4: the project, its bug, the report of it.
  const std::string report = (rig.outside() / "report.xml").string();
  std::ofstream(report) << failed_report(rig.project().string());
  // 5 and 6.
  const Ran fix = rig.run({"fix", ".", "--tests", report, "--apply", "--json"});
  INFO(fix.out << fix.err);
  CHECK(fix.exit_code == 0);
  const json result = json::parse(fix.out);
  CHECK(result.at("status") == "unverified");
  CHECK(result.at("applied") == true);
  CHECK(result.at("provider") == "groq");
  CHECK(result.at("summary") == "Missing import of models in routes.");
  REQUIRE(result.at("attempts").size() == 2);
  CHECK(result.at("attempts").at(0).at("outcome") == "quota_exhausted");
  CHECK(result.at("attempts").at(0).at("httpStatus") == 429);
  CHECK(result.at("attempts").at(0).contains("retryAt"));
  CHECK(result.at("attempts").at(1).at("outcome") == "ok");
  CHECK(rig.read("app/routes.py") == kFixedRoutes);
  CHECK_THAT(fix.err, Contains(kLogLine));
  CHECK(find_canary(fix.out + fix.err + check.out + check.err + rig.state_bytes()).empty());
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("on the command line the test run itself is problem and proof") {
  Rig rig(task_api(), quota(), answers());
  const Ran fix = rig.run({"fix", ".", "--run", "/usr/bin/python3 -m pytest -q -p no:cacheprovider",
                           "--trust", "--apply", "--json"});
  INFO(fix.out << fix.err);
  CHECK(fix.exit_code == 0);
  const json result = json::parse(fix.out);
  CHECK(result.at("status") == "verified");
  CHECK(result.at("verification").at("before").at("failed") == 1);
  CHECK(result.at("verification").at("after").at("failed") == 0);
  CHECK(result.at("verification").at("after").at("passed") == 1);
  CHECK(rig.read("app/routes.py") == kFixedRoutes);
  CHECK_THAT(fix.err, Contains(kLogLine));
}

std::string state_of(const LspClient& editor) {
  std::string state;
  for (const json& message : editor.notifications) {
    if (message.at("method") == "autofix/session") state = message.at("params").at("state");
  }
  return state;
}

TEST_CASE("the six steps in an editor over stdio") {
  Rig rig(task_api(), quota(), answers());
  LspClient editor(rig.environment, rig.project());
  const json capabilities = editor.initialize().at("capabilities");
  CHECK(capabilities.at("codeActionProvider").is_object());
  // 1: keys found.
  const json status = editor.request("autofix/status", json::object());
  INFO(status.dump(1));
  // 2 and 3: the project with its bug is open.
  editor.open("app/routes.py", kRoutes);
  const std::string uri = editor.uri("app/routes.py");
  // 4: the failing test is handed over.
  editor.notify("autofix/testResults", {{"framework", "pytest"},
                                        {"failures",
                                         {{{"name", "tests/test_routes.py::test_create_task"},
                                           {"uri", uri},
                                           {"range", routes_diagnostic().at("range")},
                                           {"message", "NameError: name 'models' is not defined"}}}}});
  const auto published = [&] {
    for (const json& message : editor.notifications) {
      if (message.at("method") == "textDocument/publishDiagnostics" &&
          !message.at("params").at("diagnostics").empty()) {
        return true;
      }
    }
    return false;
  };
  REQUIRE(editor.pump(published));
  // 5: the light bulb at the failing line, then Gemini exhausted and Groq.
  const json actions =
      editor.request("textDocument/codeAction", {{"textDocument", {{"uri", uri}}},
                                                 {"range", routes_diagnostic().at("range")},
                                                 {"context", {{"diagnostics", json::array()}}}});
  INFO(actions.dump(1));
  const auto action = std::find_if(actions.begin(), actions.end(), [](const json& one) {
    return one.at("title").get<std::string>().starts_with("Auto-fix with AI: failing test");
  });
  REQUIRE(action != actions.end());
  const json command = action->at("command");
  const json result = editor.request("workspace/executeCommand", {{"command", command.at("command")},
                                                                  {"arguments", command.at("arguments")}});
  INFO(result.dump(1) << editor.log());
  CHECK(result.at("status") == "unverified");
  CHECK(result.at("applied") == true);
  CHECK(result.at("provider") == "groq");
  CHECK(result.at("summary") == "Missing import of models in routes.");
  CHECK(result.at("attempts").at(0).at("outcome") == "quota_exhausted");
  // 6: applied in the editor, awaiting verification, verified by the next results.
  CHECK(editor.edits_asked == 1);
  CHECK(editor.document("app/routes.py").text == kFixedRoutes);
  CHECK(rig.read("app/routes.py") == kRoutes);  // saving is the user's
  REQUIRE(editor.pump([&] { return state_of(editor) == "awaiting_verification"; }));
  editor.notify("autofix/testResults", {{"framework", "pytest"},
                                        {"passed", json::array({"tests/test_routes.py::test_create_task"})},
                                        {"failures", json::array()}});
  REQUIRE(editor.pump([&] { return state_of(editor) == "verified"; }));
  CHECK_THAT(editor.log(), Contains(kLogLine));
  CHECK(find_canary(editor.log() + rig.state_bytes() + result.dump()).empty());
  CHECK(editor.shut_down() == 0);
}

TEST_CASE("a forwarded diagnostic is fixed by its code action") {
  Rig rig(task_api(), quota(), answers());
  LspClient editor(rig.environment, rig.project());
  editor.initialize();
  editor.open("app/routes.py", kRoutes);
  const json actions = editor.request(
      "textDocument/codeAction",
      {{"textDocument", {{"uri", editor.uri("app/routes.py")}}},
       {"range", routes_diagnostic().at("range")},
       {"context", {{"diagnostics", json::array({routes_diagnostic()})}, {"triggerKind", 1}}}});
  REQUIRE(!actions.empty());
  CHECK(actions.at(0).at("title") == "Auto-fix with AI: \"models\" is not defined");
  CHECK(actions.at(0).at("kind") == "quickfix");
  CHECK(!actions.at(0).contains("edit"));
  CHECK(!actions.at(0).contains("isPreferred"));
  const json command = actions.at(0).at("command");
  const json result = editor.request("workspace/executeCommand", {{"command", command.at("command")},
                                                                  {"arguments", command.at("arguments")}});
  CHECK(result.at("applied") == true);
  CHECK(editor.document("app/routes.py").text == kFixedRoutes);
  CHECK(editor.shut_down() == 0);
}

}  // namespace
}  // namespace autofix::test
