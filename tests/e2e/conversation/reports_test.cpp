// Test reports in the editor: found, watched by the client or polled, shown, fixed, and gone when the tests
// pass.
#include <algorithm>

#include "tests/e2e/conversation/report_editor.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

std::vector<std::string> titles(const json& actions) {
  std::vector<std::string> all;
  for (const json& action : actions) all.push_back(action.at("title"));
  return all;
}

/// Runs the project's tests as a user would; the report's bytes are pytest's own.
void run_pytest(const ReportEditor& editor) {
  ChildOptions options;
  options.argv = {"/usr/bin/python3",          "-m", "pytest", "-q", "-p", "no:cacheprovider",
                  "--junitxml=build/junit.xml"};
  options.environment = editor.rig.environment;
  options.environment["PYTHONDONTWRITEBYTECODE"] = "1";
  options.folder = editor.rig.project();
  const Ran ran = run_child(options);
  INFO(ran.out << ran.err);
  REQUIRE((ran.exit_code == 0 || ran.exit_code == 1));
}

TEST_CASE("the whole story with a real run of pytest, from the report to the verified session") {
  ReportEditor editor;
  run_pytest(editor);
  editor.tell({"build/junit.xml"});
  REQUIRE(editor.wait_for_shown(1));
  const json shown = editor.shown().at(0);
  INFO(shown.dump(1));
  CHECK(shown.at("source") == "autofix tests");
  CHECK(shown.at("code") == kTestName);
  CHECK(shown.at("message") == "NameError: name 'models' is not defined");
  CHECK(shown.at("range") == json::parse(R"({"start": {"line": 4, "character": 4},
                                             "end": {"line": 4, "character": 29}})"));
  CHECK(shown.at("relatedInformation").at(0).at("location").at("uri") ==
        editor.client.uri("tests/test_routes.py"));

  const json offered = editor.actions(shown.at("range"), json::array({shown}));
  CHECK(titles(offered) ==
        std::vector<std::string>{std::string("Auto-fix with AI: failing test ") + kTestName});
  CHECK(offered.at(0).at("diagnostics") == json::array({shown}));
  const json result = editor.run(offered.at(0).at("command"));
  INFO(result.dump(1));
  CHECK(result.at("applied") == true);
  REQUIRE(editor.wait_for_state("awaiting_verification"));
  const std::string sent = editor.rig.gemini->requests().at(0).body;
  CHECK_THAT(sent, Contains("name 'models' is not defined") && Contains(kTestName) &&
                       Contains("at app/routes.py:5") && Contains("at tests/test_routes.py:5"));

  editor.rig.write("app/routes.py", editor.client.document("app/routes.py").text);
  run_pytest(editor);
  editor.tell({"build/junit.xml"});
  REQUIRE(editor.wait_for_state("verified"));
  CHECK(editor.shown().empty());
  CHECK(editor.states() ==
        std::vector<std::string>{"analyzing", "asking", "awaiting_verification", "verified"});
  CHECK(editor.client.shut_down() == 0);
}

TEST_CASE("a client that watches files is asked to watch the reports of its folder") {
  const auto patterns = [](bool relative) {
    ReportEditor editor(
        {.relative_patterns = relative, .change = [](json& params) {
           params["initializationOptions"] = {{"tests", {{"reports", {"**/junit*.xml", "out/r.xml"}}}}};
         }});
    const json registration = editor.asked("client/registerCapability").at(0).at("registrations").at(0);
    CHECK(registration.at("method") == "workspace/didChangeWatchedFiles");
    json all = json::array();
    for (const json& watcher : registration.at("registerOptions").at("watchers"))
      all.push_back(watcher.at("globPattern"));
    const json root = json("file://" + editor.rig.project().string());
    if (relative) {
      for (json& pattern : all) CHECK(pattern.at("baseUri") == root);
      for (json& pattern : all) pattern = json(pattern.at("pattern"));
    }
    return all;
  };
  CHECK(patterns(true) == json{"**/junit*.xml", "out/r.xml"});
  CHECK(patterns(false) == json{"**/junit*.xml", "**/out/r.xml"});
}

TEST_CASE("without the client's help changes and deletions are seen by polling") {
  const bool refuses = GENERATE(false, true);
  INFO("the client refuses the registration: " << refuses);
  ReportEditor editor({.watches = refuses,
                       .change = {},
                       .before = [](Rig& rig) { rig.write("junit.xml", failing("boom")); },
                       .refuse = refuses});
  REQUIRE(editor.wait_for_message("boom"));
  editor.write_quietly("junit.xml", failing("another message"));
  REQUIRE(editor.wait_for_message("another message"));
  std::filesystem::remove(editor.rig.project() / "junit.xml");
  REQUIRE(editor.wait_for_shown(0));
  CHECK(editor.client.shut_down() == 0);
}

TEST_CASE("each report owns its failures, and a deleted one takes only its own along") {
  ReportEditor editor;
  editor.write_report("build/junit-a.xml", junit({{.name = "test_a", .message = "a is wrong"}}));
  editor.write_report("build/junit-b.xml",
                      junit({{.name = "test_b", .message = "b is wrong", .place = "app/routes.py:6"}}));
  REQUIRE(editor.wait_for_shown(2));
  // The editor's own results are one more owner.
  editor.client.notify("autofix/testResults", {{"failures",
                                                {{{"name", "glue"},
                                                  {"uri", editor.uri},
                                                  {"message", "glue is wrong"},
                                                  {"range", routes_diagnostic().at("range")}}}}});
  REQUIRE(editor.wait_for_shown(3));
  std::filesystem::remove(editor.rig.project() / "build/junit-a.xml");
  editor.tell({"build/junit-a.xml"});
  REQUIRE(editor.wait_for_shown(2));
  editor.write_report("build/junit-b.xml", junit({{.name = "test_b"}}));
  REQUIRE(editor.wait_for_shown(1));
  CHECK(editor.shown().at(0).at("code") == "glue");
  editor.client.notify("autofix/testResults", {{"failures", json::array()}});
  REQUIRE(editor.wait_for_shown(0));
}

TEST_CASE("a failure of an odd shape from the editor keeps no other from being shown") {
  ReportEditor editor;
  const json range = routes_diagnostic().at("range");
  editor.client.notify("autofix/testResults",
                       {{"failures",
                         {{{"name", "odd"}, {"uri", editor.uri}, {"range", range}, {"message", 7}},
                          {{"name", 7}, {"uri", editor.uri}, {"range", range}, {"message", "no name"}},
                          7}}});
  REQUIRE(editor.wait_for_message("failed: odd"));
  editor.write_report("junit.xml", failing("boom"));
  REQUIRE(editor.wait_for_shown(2));
}

TEST_CASE("of a folder that is deleted whole, the other reports' next change tells") {
  ReportEditor editor;
  editor.write_report("build/x/junit.xml", junit({{.name = "test_a", .message = "a is wrong"}}));
  REQUIRE(editor.wait_for_shown(1));
  std::filesystem::remove_all(editor.rig.project() / "build");
  editor.write_report("junit.xml", junit({{.name = "test_b"}}));
  REQUIRE(editor.wait_for_shown(0));
}

TEST_CASE("a half-written or hostile report changes nothing and costs one line in the log") {
  ReportEditor editor;
  editor.write_report("junit.xml", failing("boom"));
  REQUIRE(editor.wait_for_message("boom"));
  const std::string whole = failing("boom again");
  editor.write_report("junit.xml", whole.substr(0, whole.size() / 2));
  editor.write_report("junit-dtd.xml", "<!DOCTYPE x [<!ENTITY a \"b\">]><testsuites/>");
  editor.write_quietly("junit-large.xml", "<testsuites/>");
  std::filesystem::resize_file(editor.rig.project() / "junit-large.xml", (std::uintmax_t{64} << 20) + 1);
  editor.tell({"junit-large.xml"});
  // What is read after them has come: so they have been read.
  editor.write_report("junit-other.xml", junit({{.message = "other", .place = "app/models.py:2"}}));
  REQUIRE(editor.wait_for_shown(1, "app/models.py"));
  CHECK(editor.shown().at(0).at("message") == "boom");
  const std::string log = editor.client.log();
  for (const char* name : {"junit.xml", "junit-dtd.xml", "junit-large.xml"}) {
    INFO(name << log);
    std::size_t lines = 0;
    for (std::size_t at = log.find(name); at != std::string::npos; at = log.find(name, at + 1)) ++lines;
    CHECK(lines == 1);
  }
  for (const json& message : editor.client.notifications) CHECK(message.at("method") != "window/showMessage");
  editor.write_report("junit.xml", whole);
  REQUIRE(editor.wait_for_message("boom again"));
}

TEST_CASE("a report's paths may be relative to its own folder or one above it") {
  ReportEditor editor;
  editor.write_report("app/out/x/junit.xml", junit({{.message = "upwards", .place = "routes.py:5"}}));
  REQUIRE(editor.wait_for_message("upwards"));
  editor.write_report("app/out/x/junit.xml", junit({{.message = "dots", .place = "../../routes.py:5"}}));
  REQUIRE(editor.wait_for_message("dots"));
  const std::string absolute = (editor.rig.project() / "app/routes.py").string();
  editor.write_report("app/out/x/junit.xml", junit({{.message = "absolute", .place = absolute + ":5"}}));
  REQUIRE(editor.wait_for_message("absolute"));
}

TEST_CASE("the action follows the diagnostic that the editor has moved") {
  ReportEditor editor;
  editor.write_report("junit.xml", failing("boom"));
  REQUIRE(editor.wait_for_message("boom"));
  editor.client.type("app/routes.py", std::string("# one\n# two\n# three\n") + kRoutes);
  json moved = editor.shown().at(0);
  moved["range"]["start"]["line"] = 7;
  moved["range"]["end"]["line"] = 7;
  const json offered = editor.actions(moved.at("range"), json::array({moved}));
  REQUIRE(titles(offered) ==
          std::vector<std::string>{std::string("Auto-fix with AI: failing test ") + kTestName});
  const json argument = offered.at(0).at("command").at("arguments").at(0);
  CHECK(argument.at("range") == moved.at("range"));
  CHECK(argument.at("tests").at(0).at("range") == moved.at("range"));
  // An editor that keeps its diagnostics to itself still gets the action, anywhere on the line.
  const json start =
      json::parse(R"({"start": {"line": 4, "character": 0}, "end": {"line": 4, "character": 0}})");
  CHECK(titles(editor.actions(start, json::array())).size() == 1);
}

TEST_CASE("positions are told in the encoding that was agreed") {
  const bool utf8 = GENERATE(false, true);
  ReportEditor editor({.change = [&](json& params) {
    if (utf8) params["capabilities"]["general"]["positionEncodings"] = {"utf-8"};
  }});
  const std::string line = "    return \"ä😀\"";  // 15 characters, of which one is two units in UTF-16
  editor.client.type("app/routes.py", "def f():\n" + line + "\n");
  editor.client.request("autofix/status", json::object());  // so that the text has come before the report
  editor.rig.write("app/models.py", "def f():\n" + line + "\n");
  editor.write_report("junit.xml",
                      junit({{.name = "open", .message = "open", .place = "app/routes.py:2"},
                             {.name = "closed", .message = "closed", .place = "app/models.py:2"}}));
  REQUIRE(editor.wait_for_message("open"));
  REQUIRE(editor.wait_for_shown(1, "app/models.py"));
  const int end = utf8 ? 19 : 16;
  CHECK(editor.shown().at(0).at("range").at("end").at("character") == end);
  CHECK(editor.shown("app/models.py").at(0).at("range").at("end").at("character") == end);
}

TEST_CASE("changed settings are followed: publishing off and on, other reports") {
  ReportEditor editor;
  const auto configure = [&](const json& tests) {
    editor.client.notify("workspace/didChangeConfiguration",
                         {{"settings", {{"autofix", {{"tests", tests}}}}}});
  };
  editor.write_report("junit.xml", failing("boom"));
  REQUIRE(editor.wait_for_message("boom"));
  configure({{"publish", false}});
  REQUIRE(editor.wait_for_shown(0));
  configure({{"publish", true}});
  REQUIRE(editor.wait_for_shown(1));
  CHECK(editor.asked("client/registerCapability").size() == 1);
  editor.write_quietly("out/report.xml", failing("other"));
  configure({{"reports", {"out/*.xml"}}});
  REQUIRE(editor.wait_for_message("other"));
  CHECK(editor.shown().size() == 1);
  const json first = editor.asked("client/registerCapability").at(0).at("registrations").at(0).at("id");
  REQUIRE(editor.asked("client/unregisterCapability").size() == 1);
  CHECK(editor.asked("client/unregisterCapability").at(0).at("unregisterations").at(0).at("id") == first);
  configure({{"reports", json::array()}});
  REQUIRE(editor.wait_for_shown(0));
}

TEST_CASE("a folder that goes takes its diagnostics and its watching along, and they come back with it") {
  ReportEditor editor;
  const json folder = {{"uri", "file://" + editor.rig.project().string()}, {"name", "project"}};
  const auto change = [&](const json& added, const json& removed) {
    editor.client.notify("workspace/didChangeWorkspaceFolders",
                         {{"event", {{"added", added}, {"removed", removed}}}});
  };
  editor.write_report("junit.xml", failing("boom"));
  REQUIRE(editor.wait_for_message("boom"));
  change(json::array(), json::array({folder}));
  REQUIRE(editor.wait_for_shown(0));
  REQUIRE(editor.client.pump([&] { return editor.asked("client/unregisterCapability").size() == 1; }));
  change(json::array({folder}), json::array());
  REQUIRE(editor.wait_for_message("boom"));
  CHECK(editor.client.shut_down() == 0);
}

TEST_CASE("of many failures on one line five are offered, and all are shown") {
  ReportEditor editor;
  std::vector<ReportedTest> many;
  for (int number = 0; number < 40; ++number)
    many.push_back({.name = "test_" + std::to_string(number), .message = "boom"});
  editor.write_report("junit.xml", junit(many));
  REQUIRE(editor.wait_for_shown(40));
  const json offered = editor.actions(editor.shown().at(0).at("range"), json::array());
  CHECK(std::ranges::count_if(titles(offered), [](const std::string& title) {
          return title.starts_with("Auto-fix with AI: failing test ");
        }) == 5);
  CHECK(titles(offered).back() == "Auto-fix with AI: all 40 problems in this file");
}

TEST_CASE("with tests and diagnostics in a file, the file's action is for both") {
  ReportEditor editor;
  editor.write_report("junit.xml", failing("boom"));
  REQUIRE(editor.wait_for_message("boom"));
  const json offered = editor.actions(routes_diagnostic().at("range"), json::array({routes_diagnostic()}));
  REQUIRE(titles(offered).back() == "Auto-fix with AI: all 2 problems in this file");
  editor.run(offered.at(offered.size() - 1).at("command"));
  const std::string sent = editor.rig.gemini->requests().at(0).body;
  CHECK_THAT(sent, Contains("is not defined") && Contains(kTestName));
}

}  // namespace
}  // namespace autofix::test
