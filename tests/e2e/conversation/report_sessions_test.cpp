// What reports do to sessions that wait for a verdict, and what the next try is told.
#include <algorithm>

#include "tests/e2e/conversation/report_editor.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;
using States = std::vector<std::string>;

const States kWaiting = {"analyzing", "asking", "awaiting_verification"};

States after(States states) {
  states.insert(states.begin(), kWaiting.begin(), kWaiting.end());
  return states;
}

/// With a fix of the failing test applied; the session's id.
std::string fix_failing_test(ReportEditor& editor) {
  editor.write_report("junit.xml", failing("NameError: models"));
  REQUIRE(editor.wait_for_message("NameError: models"));
  const json result = editor.fix_shown();
  INFO(result.dump(1));
  REQUIRE(result.at("applied") == true);
  REQUIRE(editor.wait_for_state("awaiting_verification"));
  return result.at("sessionId");
}

/// The server has dealt with everything that it was told, since it has answered this and shown that.
void read_another_report(ReportEditor& editor) {
  static int number = 0;
  const std::string message = "mark " + std::to_string(++number);
  editor.write_report("build/junit-mark.xml",
                      junit({{.name = "test_mark", .message = message, .place = "app/models.py:2"}}));
  REQUIRE(editor.client.pump([&] {
    const json shown = editor.shown("app/models.py");
    return shown.is_array() && shown.size() == 1 && shown.at(0).at("message") == message;
  }));
  editor.client.request("autofix/status", json::object());
}

TEST_CASE("a test that still fails and then passes is told once each time") {
  ReportEditor editor;
  fix_failing_test(editor);
  editor.write_report("junit.xml", failing("NameError: again"));
  REQUIRE(editor.wait_for_state("still_failing"));
  editor.write_report("junit.xml", failing("NameError: once more"));
  REQUIRE(editor.wait_for_message("NameError: once more"));
  editor.write_report("junit.xml", passing());
  REQUIRE(editor.wait_for_state("verified"));
  editor.write_report("junit.xml", passing());
  read_another_report(editor);
  CHECK(editor.states() == after({"still_failing", "verified"}));
}

TEST_CASE("a report from before the fix settles nothing") {
  ReportEditor editor;
  fix_failing_test(editor);
  const auto path = editor.rig.project() / "junit.xml";
  editor.write_quietly("junit.xml", passing());
  std::filesystem::last_write_time(path, std::filesystem::last_write_time(path) - std::chrono::minutes(1));
  editor.tell({"junit.xml"});
  REQUIRE(editor.wait_for_shown(0));
  read_another_report(editor);
  CHECK(editor.states() == kWaiting);
  editor.write_report("junit.xml", passing());
  REQUIRE(editor.wait_for_state("verified"));
}

TEST_CASE("a report that does not name the test settles nothing") {
  ReportEditor editor;
  fix_failing_test(editor);
  editor.write_report("junit.xml", junit({{.name = "test_other"}}));
  read_another_report(editor);
  CHECK(editor.states() == kWaiting);
  std::filesystem::remove(editor.rig.project() / "junit.xml");
  editor.tell({"junit.xml"});
  read_another_report(editor);
  CHECK(editor.states() == kWaiting);
  editor.write_report("build/junit-all.xml", passing());
  REQUIRE(editor.wait_for_state("verified"));
}

TEST_CASE("of reports that are told together one failure outweighs a pass of the same name") {
  ReportEditor editor;
  fix_failing_test(editor);
  editor.write_quietly("build/junit-1.xml", passing());
  editor.write_quietly("build/junit-2.xml", failing("NameError: elsewhere"));
  editor.tell({"build/junit-1.xml", "build/junit-2.xml"});
  REQUIRE(editor.wait_for_state("still_failing"));
  read_another_report(editor);
  CHECK(editor.states() == after({"still_failing"}));
}

TEST_CASE("reports that are read when watching begins settle nothing") {
  ReportEditor editor;
  fix_failing_test(editor);
  editor.write_quietly("out/report.xml", passing());
  editor.client.notify(
      "workspace/didChangeConfiguration",
      {{"settings", {{"autofix", {{"tests", {{"reports", {"out/*.xml", "**/junit-mark.xml"}}}}}}}}});
  REQUIRE(editor.client.pump([&] { return editor.asked("client/registerCapability").size() == 2; }));
  read_another_report(editor);
  CHECK(editor.states() == kWaiting);
  editor.write_report("out/report.xml", passing());
  REQUIRE(editor.wait_for_state("verified"));
}

TEST_CASE("retry tells the model what its last fix did and how the test fails since") {
  ReportEditor editor;
  const std::string session = fix_failing_test(editor);
  const std::string noise(20'000, 'x');
  editor.write_report("junit.xml", failing("TypeError: Task() takes no &#9;arguments" + noise));
  REQUIRE(editor.wait_for_state("still_failing"));
  editor.client.type("app/routes.py", kRoutes);  // the user took it back
  const json second = editor.retry(session);
  INFO(second.dump(1));
  CHECK(second.at("applied") == true);
  REQUIRE(editor.rig.gemini->requests().size() == 2);
  const std::string first_prompt = editor.rig.gemini->requests()[0].body;
  const std::string prompt = editor.rig.gemini->requests()[1].body;
  CHECK_THAT(first_prompt, !Contains("An earlier try"));
  CHECK_THAT(prompt, Contains("An earlier try") && Contains("+from app import models") &&
                         Contains("Since then") && Contains("takes no"));
  CHECK_THAT(prompt, !Contains("NameError: models"));
  CHECK(prompt.size() < first_prompt.size() + 24'000);
  // The second try is a session of its own, which the next report settles.
  editor.write_report("junit.xml", passing());
  REQUIRE(editor.wait_for_state("verified"));
}

TEST_CASE("retry tells diagnostics that are still there, without control sequences") {
  ReportEditor editor;
  json diagnostic = routes_diagnostic();
  diagnostic["message"] = "\x1b[31m\"models\" is not defined\x1b[0m";
  const json argument = {{"uri", editor.uri}, {"version", 1}, {"diagnostics", json::array({diagnostic})}};
  const json result = editor.run({{"command", "autofix.fix"}, {"arguments", json::array({argument})}});
  REQUIRE(result.at("applied") == true);
  diagnostic["range"]["start"]["line"] = 6;
  diagnostic["range"]["end"]["line"] = 6;
  editor.client.notify("autofix/didChangeDiagnostics",
                       {{"uri", editor.uri}, {"version", 2}, {"diagnostics", json::array({diagnostic})}});
  REQUIRE(editor.wait_for_state("still_failing"));
  editor.retry(result.at("sessionId"));
  REQUIRE(editor.rig.gemini->requests().size() >= 2);
  const std::string prompt = editor.rig.gemini->requests()[1].body;
  CHECK_THAT(prompt, Contains("still reported in") && Contains("app/routes.py:7:"));
  CHECK_THAT(prompt, !Contains("\\u001b") && !Contains("[31m"));
}

}  // namespace
}  // namespace autofix::test
