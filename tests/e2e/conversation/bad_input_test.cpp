// Whatever comes in: one clear error, the server lives, nothing is lost, the next request is answered.
#include <algorithm>
#include <fstream>

#include "tests/e2e/conversation/samples.h"
#include "tests/support/catch.h"
#include "tests/support/lsp_client.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

std::string framed(const std::string& body) {
  return "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

/// The server still knows the open document and answers.
void check_alive(LspClient& editor) {
  const json actions = editor.request("textDocument/codeAction",
                                      {{"textDocument", {{"uri", editor.uri("app/routes.py")}}},
                                       {"range", routes_diagnostic().at("range")},
                                       {"context", {{"diagnostics", json::array({routes_diagnostic()})}}}});
  REQUIRE(!actions.empty());
  CHECK(actions.at(0).at("title") == "Auto-fix with AI: \"models\" is not defined");
}

struct Session {
  Session()
      : rig(task_api(), json::array({{{"ok", fix_reply()}}}), json::array()),
        editor(rig.environment, rig.project()) {
    editor.initialize();
    editor.open("app/routes.py", kRoutes);
  }
  Rig rig;
  LspClient editor;
};

TEST_CASE("messages that are no JSON get -32700 and the next request is answered") {
  Session session;
  const std::vector<std::string> bodies = {
      "{",        "[1,",           "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"x\"",
      "nul",      "\x01\x02",      "{\"a\":1}}",
      "\xff\xfe", "{\"a\":1e400}", std::string(300, '[')};
  for (const std::string& body : bodies) {
    INFO(body);
    const std::size_t before = session.editor.replies_without_request.size();
    session.editor.send_bytes(framed(body));
    REQUIRE(session.editor.pump([&] { return session.editor.replies_without_request.size() > before; }));
    const json& reply = session.editor.replies_without_request.back();
    const int code = reply.at("error").at("code");
    CHECK((code == -32700 || code == -32600));
    CHECK(!reply.at("error").at("message").get<std::string>().empty());
    check_alive(session.editor);
  }
  CHECK(session.editor.shut_down() == 0);
}

TEST_CASE("JSON that is no message gets -32600") {
  Session session;
  for (const std::string body :
       {"1", "[]", "\"x\"", "null", "{}", R"({"jsonrpc":"2.0"})", R"({"jsonrpc":"2.0","id":{},"method":"x"})",
        R"({"jsonrpc":"2.0","id":7,"method":12})"}) {
    INFO(body);
    const std::size_t before = session.editor.replies_without_request.size();
    session.editor.send_bytes(framed(body));
    // The one with a usable id is answered under it.
    if (body.find("\"id\":7") != std::string::npos) {
      const protocol::Outcome outcome = session.editor.wait_reply(7);
      REQUIRE(!outcome);
      CHECK(code_of(outcome) == -32600);
    } else {
      REQUIRE(session.editor.pump([&] { return session.editor.replies_without_request.size() > before; }));
      CHECK(session.editor.replies_without_request.back().at("error").at("code") == -32600);
    }
    check_alive(session.editor);
  }
  CHECK(session.editor.shut_down() == 0);
}

TEST_CASE("broken frame headers are passed over") {
  Session session;
  for (const std::string bytes :
       {"garbage\r\n\r\n", "Content-Length: x\r\n\r\n", "Content-Length: -5\r\n\r\n",
        "Content-Length: 99999999999999\r\n\r\n", "Content-Type: application/json\r\n\r\n", "\r\n\r\n",
        "content-length 5\r\n\r\n"}) {
    INFO(bytes);
    session.editor.send_bytes(bytes);
    check_alive(session.editor);
  }
  CHECK(session.editor.shut_down() == 0);
}

TEST_CASE("unknown methods and wrong types get their error") {
  Session session;
  const auto refused = [&](const std::string& method, json params) {
    const protocol::Outcome outcome = session.editor.call(method, std::move(params));
    REQUIRE(!outcome);
    CHECK(!outcome.error().message.empty());
    return code_of(outcome);
  };
  CHECK(refused("textDocument/hover", json::object()) == -32601);
  CHECK(refused("no/such/method", nullptr) == -32601);
  CHECK(refused("textDocument/codeAction", {{"textDocument", 7}}) == -32602);
  CHECK(refused("textDocument/codeAction", json::array({1, 2})) == -32602);
  CHECK(refused("workspace/executeCommand", {{"command", 12}}) == -32602);
  CHECK(refused("workspace/executeCommand", {{"command", "no.such.command"}}) == -32602);
  CHECK(refused("workspace/executeCommand", {{"command", "autofix.fix"}, {"arguments", {{{"uri", 7}}}}}) ==
        -32602);
  CHECK(refused("autofix/fix", {{"uri", "file:///x"}, {"version", "one"}}) == -32602);
  // Notifications with wrong types have no answer; the documents stay what they were.
  session.editor.notify("textDocument/didChange", {{"textDocument", "x"}});
  session.editor.notify("textDocument/didChange",
                        {{"textDocument", {{"uri", session.editor.uri("app/routes.py")}, {"version", 2}}},
                         {"contentChanges", {{{"range", {{"start", 1}}}, {"text", 5}}}}});
  session.editor.notify("autofix/testResults", {{"failures", "all"}});
  session.editor.notify("no/such/notification", {{"a", 1}});
  session.editor.notify("$/setTrace", 5);
  check_alive(session.editor);
  CHECK(session.editor.shut_down() == 0);
}

TEST_CASE("a fix for a document that is not open, not there or not of the project is one result") {
  Session session;
  for (const std::string& uri : {std::string("file:///no/such/file.py"), session.editor.uri("app/missing.py"),
                                 std::string("untitled:Untitled-1"), std::string("not a uri")}) {
    INFO(uri);
    const protocol::Outcome outcome = session.editor.call(
        "workspace/executeCommand",
        {{"command", "autofix.fix"},
         {"arguments",
          {{{"uri", uri}, {"version", 1}, {"diagnostics", json::array({routes_diagnostic()})}}}}});
    if (outcome) {
      const std::string status = outcome->at("status");
      CHECK((status == "error" || status == "no_fix"));
      CHECK(!outcome->at("summary").get<std::string>().empty());
    } else {
      CHECK(code_of(outcome) == -32602);
    }
    check_alive(session.editor);
  }
  CHECK(session.editor.edits_asked == 0);
  CHECK(session.editor.shut_down() == 0);
}

TEST_CASE("requests before initialize are refused with -32002, after shutdown with -32600") {
  Rig rig(task_api(), json::array(), json::array());
  LspClient editor(rig.environment, rig.project());
  const protocol::Outcome early = editor.call("textDocument/codeAction", json::object());
  REQUIRE(!early);
  CHECK(code_of(early) == -32002);
  editor.initialize();
  const protocol::Outcome twice = editor.call(
      "initialize", {{"processId", nullptr}, {"rootUri", nullptr}, {"capabilities", json::object()}});
  REQUIRE(!twice);
  CHECK(code_of(twice) == -32600);
  editor.request("shutdown", nullptr);
  const protocol::Outcome late = editor.call("autofix/status", json::object());
  REQUIRE(!late);
  CHECK(code_of(late) == -32600);
  editor.notify("exit", nullptr);
  CHECK(editor.process().wait(5) == 0);
}

struct BadRun {
  std::string name;
  std::vector<std::string> arguments;
  std::string input;
  std::string cause;  ///< what the message has to name
  int exit_code = 2;
};

TEST_CASE("the command line says what is wrong in one line of cause and one of what to do") {
  Rig rig(task_api(), json::array({{{"ok", fix_reply()}}}), json::array());
  rig.write("broken.xml", "<testsuites><testsuite");
  rig.write("broken.sarif", "{\"version\": \"2.1.0\", \"runs\": 5}");
  rig.write("bin.dat", std::string("\x00\x01\x02\xff", 4));
  rig.write("bad.json", "{\"chain\": [\"gemini\",");
  rig.write("copy.json", R"({"verify": {"sandbox": "copy"}})");
  rig.write("wrong-types.json", "{\"chain\": 5, \"nonsense\": true}");
  const Files before = rig.project_files();
  const std::vector<BadRun> runs = {
      {"unknown option", {"fix", "--no-such-option"}, "", "--no-such-option"},
      {"unknown command", {"frobnicate"}, "", "frobnicate"},
      {"missing report", {"fix", ".", "--tests", "no-such.xml"}, "", "no-such.xml"},
      {"report is a folder", {"fix", ".", "--tests", "app"}, "", "app"},
      {"unreadable report", {"fix", ".", "--tests", "broken.xml"}, "", "broken.xml"},
      {"unreadable SARIF", {"fix", ".", "--diagnostics", "broken.sarif"}, "", "broken.sarif"},
      {"missing diagnostics", {"fix", ".", "--diagnostics", "no-such.json"}, "", "no-such.json"},
      {"diagnostics are no JSON", {"fix", ".", "--diagnostics", "-"}, "[{\"uri\":", "standard input"},
      {"missing project", {"fix", "no-such-project", "--tests", "broken.xml"}, "", "no-such-project"},
      {"missing configuration",
       {"fix", ".", "--config", "no-such.json", "--tests", "broken.xml"},
       "",
       "no-such.json"},
      {"broken configuration", {"config", "--config", "bad.json"}, "", "bad.json"},
      {"missing notes", {"fix", ".", "--diagnostics", "-", "--notes", "no-such.md"}, "[]", "no-such.md"},
      {"no problem given", {"fix", "app"}, "", "--tests"},
      {"bad number", {"fix", ".", "--rounds", "many"}, "", "many"},
      {"unknown provider", {"fix", ".", "--provider", "nobody", "--diagnostics", "-"}, "[]", "nobody"},
      {"missing reply", {"apply", "no-such-reply.txt"}, "", "no-such-reply.txt"},
      {"nothing to fix", {"fix", ".", "--diagnostics", "-"}, "[]", "", 3},
      {"reply without edits", {"apply", "-"}, "I would rather not.", "", 1},
      {"untrusted run", {"fix", ".", "--run", "true", "--config", "copy.json"}, "", "--trust"},
  };
  for (const BadRun& run : runs) {
    const Ran ran = rig.run(run.arguments, run.input);
    INFO(run.name << "\nstdout: " << ran.out << "\nstderr: " << ran.err);
    CHECK(ran.exit_code == run.exit_code);
    CHECK_THAT(ran.err, Contains(run.cause));
    CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') >= 2);
    CHECK(std::count(ran.err.begin(), ran.err.end(), '\n') <= 6);
    CHECK(ran.out.empty());
  }
  CHECK(rig.project_files() == before);
  CHECK(rig.gemini->requests().empty());
}

TEST_CASE("unknown keys and wrong types in the configuration are named and the rest still works") {
  Rig rig(
      task_api(), json::array({{{"ok", fix_reply()}}}), json::array(),
      {{"nonsense", true}, {"verify", {{"mode", 5}}}, {"providers", {{"gemini", {{"temperature", "hot"}}}}}});
  const std::string report = (rig.outside() / "report.xml").string();
  std::ofstream(report) << failed_report(rig.project().string());
  const Ran ran = rig.run({"fix", ".", "--tests", report, "--apply"});
  INFO(ran.err);
  CHECK(ran.exit_code == 0);
  CHECK_THAT(ran.err, Contains("nonsense"));
  CHECK_THAT(ran.err, Contains("verify.mode"));
  CHECK_THAT(ran.err, Contains("providers.gemini.temperature"));
  CHECK(rig.read("app/routes.py") == kFixedRoutes);
}

TEST_CASE("with --json there is exactly one result object on stdout, whatever happens") {
  Rig rig(task_api(), json::array({{{"preset", "quota_per_day"}}}), json::array());
  const std::string report = (rig.outside() / "report.xml").string();
  std::ofstream(report) << failed_report(rig.project().string());
  for (const auto& [arguments, status, code] :
       std::vector<std::tuple<std::vector<std::string>, std::string, int>>{
           {{"fix", ".", "--tests", report, "--json"}, "no_fix", 1},
           {{"fix", ".", "--tests", "no-such.xml", "--json"}, "error", 2},
           {{"fix", "no-such-project", "--tests", report, "--json"}, "error", 2},
           {{"fix", ".", "--diagnostics", "-", "--json"}, "nothing_to_fix", 3}}) {
    const Ran ran = rig.run(arguments, "[]");
    INFO(ran.out << ran.err);
    CHECK(ran.exit_code == code);
    const json result = json::parse(ran.out, nullptr, false);
    REQUIRE(result.is_object());
    CHECK(result.at("status") == status);
  }
}

}  // namespace
}  // namespace autofix::test
