// The language server's side of the contract, method by method, with the real binary.
#include <algorithm>
#include <fstream>

#include "tests/e2e/conversation/editor.h"
#include "tests/support/catch.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using nlohmann::json;

json range(int line, int character, int end_line, int end_character) {
  return {{"start", {{"line", line}, {"character", character}}},
          {"end", {{"line", end_line}, {"character", end_character}}}};
}

json diagnostic(int line, const std::string& message, int severity = 1) {
  return {
      {"range", range(line, 0, line, 5)}, {"severity", severity}, {"source", "tool"}, {"message", message}};
}

std::vector<std::string> titles(const json& actions) {
  std::vector<std::string> all;
  for (const json& action : actions) all.push_back(action.at("title"));
  return all;
}

TEST_CASE("initialize promises what the contract names") {
  Editor editor;
  CHECK(editor.capabilities.at("textDocumentSync").at("change") == 2);
  CHECK(editor.capabilities.at("textDocumentSync").at("openClose") == true);
  CHECK(editor.capabilities.at("codeActionProvider").at("codeActionKinds") ==
        json{"quickfix", "source.autofix"});
  const json commands = editor.capabilities.at("executeCommandProvider").at("commands");
  for (const char* name : {"autofix.fix", "autofix.selectProvider", "autofix.retry", "autofix.showPrompt",
                           "autofix.clearCache", "autofix.trust"}) {
    INFO(name);
    CHECK(std::ranges::find(commands, json(name)) != commands.end());
  }
  CHECK(editor.capabilities.at("workspace").at("workspaceFolders").at("supported") == true);
  CHECK(editor.capabilities.at("positionEncoding") == "utf-16");
}

TEST_CASE("utf-8 positions are preferred, utf-16 is the default") {
  const auto encoding = [](json offered) {
    Editor editor([&](json& params) {
      if (offered.is_null()) {
        params["capabilities"].erase("general");
      } else {
        params["capabilities"]["general"]["positionEncodings"] = offered;
      }
    });
    return editor.capabilities.value("positionEncoding", "utf-16");
  };
  CHECK(encoding({"utf-16", "utf-8"}) == "utf-8");
  CHECK(encoding({"utf-32", "utf-16"}) == "utf-16");
  CHECK(encoding(json::array({"utf-32"})) == "utf-32");
  CHECK(encoding(nullptr) == "utf-16");
}

TEST_CASE("one action per diagnostic in range, nearest first, at most five") {
  Editor editor;
  std::vector<json> diagnostics;
  for (int line = 0; line < 7; ++line)
    diagnostics.push_back(diagnostic(line % 5, "problem " + std::to_string(line)));
  const json actions = editor.actions(range(2, 0, 4, 0), diagnostics);
  const auto quick =
      std::ranges::count_if(actions, [](const json& action) { return action.at("kind") == "quickfix"; });
  CHECK(quick <= 5);
  CHECK(titles(actions).front() == "Auto-fix with AI: problem 2");
  for (const json& action : actions) {
    CHECK(!action.contains("edit"));
    CHECK(!action.contains("isPreferred"));
    CHECK(action.at("command").at("command") == "autofix.fix");
    if (action.at("kind") == "quickfix") CHECK(action.at("diagnostics").size() == 1);
  }
}

TEST_CASE("titles are one line of at most sixty characters of the message") {
  Editor editor;
  const std::string title =
      titles(editor.actions(range(0, 0, 0, 0), {diagnostic(0, "a\nb\x1b[31m " + std::string(100, 'x'))}))
          .front();
  CHECK(title.find('\n') == std::string::npos);
  CHECK(title.find('\x1b') == std::string::npos);
  CHECK(title.size() < 100);
  CHECK_THAT(title, StartsWith("Auto-fix with AI: a"));
}

TEST_CASE("hints are not offered, and a missing severity counts as an error") {
  Editor editor;
  CHECK(
      editor.actions(range(0, 0, 0, 0), {diagnostic(0, "hint", 4), diagnostic(0, "information", 3)}).empty());
  CHECK(titles(editor.actions(range(0, 0, 0, 0), {diagnostic(0, "warning", 2)})).size() == 1);
  json bare = diagnostic(0, "bare");
  bare.erase("severity");
  CHECK(titles(editor.actions(range(0, 0, 0, 0), {bare})).size() == 1);
}

TEST_CASE("forwarded diagnostics and the context's are one set") {
  Editor editor;
  editor.client.notify("autofix/didChangeDiagnostics",
                       {{"uri", editor.uri},
                        {"version", 1},
                        {"diagnostics", {diagnostic(0, "both"), diagnostic(0, "forwarded")}}});
  const json actions = editor.actions(range(0, 0, 0, 0), {diagnostic(0, "both")});
  const std::vector<std::string> all = titles(actions);
  CHECK(std::ranges::count(all, "Auto-fix with AI: both") == 1);
  CHECK(std::ranges::count(all, "Auto-fix with AI: forwarded") == 1);
  CHECK(std::ranges::count(all, "Auto-fix with AI: all 2 problems in this file") == 1);
  editor.client.notify("autofix/didChangeDiagnostics", {{"uri", editor.uri}, {"diagnostics", json::array()}});
  CHECK(editor.actions(range(0, 0, 0, 0), {}).empty());
}

TEST_CASE("the file's action has its own kind and is never part of saving") {
  Editor editor;
  const std::vector<json> two = {diagnostic(0, "one"), diagnostic(1, "two")};
  const auto kinds = [&](json context) {
    std::vector<std::string> all;
    for (const json& action : editor.actions(range(0, 0, 0, 0), two, std::move(context)))
      all.push_back(action.at("kind"));
    return all;
  };
  CHECK(kinds(json::object()) == std::vector<std::string>{"quickfix", "source.autofix"});
  CHECK(kinds({{"only", json::array({"quickfix"})}}) == std::vector<std::string>{"quickfix"});
  CHECK(kinds({{"only", json::array({"source.autofix"})}}) == std::vector<std::string>{"source.autofix"});
  CHECK(kinds({{"only", json::array({"source.autofix"})}, {"triggerKind", 2}}).empty());
  CHECK(kinds({{"only", json::array({"source.fixAll"})}}).empty());
  CHECK(kinds({{"only", json::array({"source"})}}).empty());
  CHECK(kinds({{"only", json::array({"refactor"})}}).empty());
}

TEST_CASE("a client without code action literals gets commands") {
  Editor editor([](json& params) { params["capabilities"]["textDocument"]["codeAction"] = json::object(); });
  const json actions = editor.actions(range(4, 11, 4, 17), json::array({routes_diagnostic()}));
  REQUIRE(!actions.empty());
  CHECK(actions[0].at("command") == "autofix.fix");
  CHECK(!actions[0].contains("kind"));
}

TEST_CASE("codeAction/resolve gives its input back") {
  Editor editor;
  const json action = editor.actions(range(4, 11, 4, 17), json::array({routes_diagnostic()})).at(0);
  CHECK(editor.client.request("codeAction/resolve", action) == action);
  CHECK(editor.rig.gemini->requests().empty());
}

TEST_CASE("with fixDelivery resolve the edit comes from codeAction/resolve") {
  Editor editor([](json& params) {
    params["initializationOptions"] = {{"fixDelivery", "resolve"}};
    params["capabilities"]["textDocument"]["codeAction"]["dataSupport"] = true;
  });
  const json action = editor.actions(range(4, 11, 4, 17), json::array({routes_diagnostic()})).at(0);
  CHECK(!action.contains("command"));
  REQUIRE(action.contains("data"));
  const json resolved = editor.client.request("codeAction/resolve", action);
  REQUIRE(resolved.contains("edit"));
  CHECK(resolved.at("edit").at("documentChanges").size() == 1);
  CHECK(editor.client.edits_asked == 0);
}

TEST_CASE("with commandReply started the command answers at once and the edit follows") {
  Editor editor(
      [](json& params) {
        params["initializationOptions"] = {{"commandReply", "started"}};
      },
      json::object(), json::array({{{"ok", fix_reply()}, {"delayMs", 150}}}));
  const json started = editor.run("autofix.fix", editor.fix_argument());
  CHECK(started.at("status") == "running");
  CHECK(editor.client.edits_asked == 0);
  REQUIRE(editor.client.pump([&] { return editor.client.edits_asked == 1; }));
  REQUIRE(editor.client.pump(
      [&] { return !editor.states().empty() && editor.states().back() == "awaiting_verification"; }));
  CHECK(editor.client.document("app/routes.py").text == kFixedRoutes);
}

TEST_CASE("a session goes through its states in order") {
  Editor editor;
  const json result = editor.run("autofix.fix", editor.fix_argument());
  CHECK(editor.states() == std::vector<std::string>{"analyzing", "asking", "awaiting_verification"});
  const std::string session = result.at("sessionId");
  editor.client.notify(
      "autofix/didChangeDiagnostics",
      {{"uri", editor.uri}, {"version", 2}, {"diagnostics", json::array({routes_diagnostic()})}});
  REQUIRE(editor.client.pump([&] { return editor.states().back() == "still_failing"; }));
  // Diagnostics of the text before the fix say nothing about it.
  editor.client.notify("autofix/didChangeDiagnostics",
                       {{"uri", editor.uri}, {"version", 1}, {"diagnostics", json::array()}});
  const json status = editor.client.request("autofix/status", json::object());
  CHECK(status.at("sessions").at(0) == json{{"sessionId", session}, {"state", "still_failing"}});
  editor.client.notify("autofix/didChangeDiagnostics",
                       {{"uri", editor.uri}, {"version", 3}, {"diagnostics", json::array()}});
  REQUIRE(editor.client.pump([&] { return editor.states().back() == "verified"; }));
}

TEST_CASE("retry tells the model what its last fix did") {
  Editor editor;
  const json first = editor.run("autofix.fix", editor.fix_argument());
  editor.client.type("app/routes.py", kRoutes);  // the user took it back
  const json second = editor.run("autofix.retry", {{"sessionId", first.at("sessionId")}});
  CHECK(second.at("applied") == true);
  REQUIRE(editor.rig.gemini->requests().size() == 2);
  CHECK_THAT(editor.rig.gemini->requests()[1].body, Contains("+from app import models"));
  const protocol::Outcome unknown =
      editor.client.call("workspace/executeCommand",
                         {{"command", "autofix.retry"}, {"arguments", {{{"sessionId", "no-such"}}}}});
  REQUIRE(!unknown);
  CHECK(code_of(unknown) == -32602);
}

TEST_CASE("autofix/fix gives the edit and touches nothing") {
  Editor editor;
  const json result = editor.client.request("autofix/fix", editor.fix_argument());
  CHECK(result.at("status") == "unverified");
  CHECK(result.at("applied").is_null());
  CHECK(result.at("edit").at("documentChanges").at(0).at("textDocument").at("version") == 1);
  CHECK(editor.client.edits_asked == 0);
  CHECK(editor.client.document("app/routes.py").text == kRoutes);
}

TEST_CASE("preview and showPrompt say what would be sent and send nothing") {
  Editor editor;
  const json preview = editor.client.request("autofix/preview", editor.fix_argument());
  CHECK(preview.at("provider") == "gemini");
  CHECK_THAT(preview.dump(), Contains("create_task"));
  CHECK(editor.run("autofix.showPrompt", editor.fix_argument()) == preview);
  CHECK(editor.rig.gemini->requests().empty());
}

TEST_CASE("the provider is chosen by hand, unknown ones are refused") {
  Editor editor({}, {{"chain", {"gemini", "groq", "offline"}}});
  CHECK(editor.run("autofix.selectProvider", {{"provider", "offline"}}) == json{{"provider", "offline"}});
  const json result = editor.run("autofix.fix", editor.fix_argument());
  CHECK(result.at("provider") == "offline");
  CHECK(editor.rig.gemini->requests().empty());
  CHECK(editor.client.request("autofix/status", json::object()).at("provider") == "offline");
  CHECK(editor.run("autofix.selectProvider", {{"provider", "auto"}}) == json{{"provider", "auto"}});
  const protocol::Outcome unknown =
      editor.client.call("workspace/executeCommand",
                         {{"command", "autofix.selectProvider"}, {"arguments", {{{"provider", "nobody"}}}}});
  REQUIRE(!unknown);
  CHECK(code_of(unknown) == -32602);
}

TEST_CASE("trust is asked for before it is given") {
  Editor editor;
  editor.client.message_answer = "Cancel";
  CHECK(editor.run("autofix.trust", json::object()).at("trusted") == false);
  CHECK(editor.rig.run({"trust", "."}).exit_code == 0);
  CHECK(editor.rig.run({"trust", ".", "--revoke"}).exit_code == 0);
  editor.client.message_answer = "Trust";
  CHECK(editor.run("autofix.trust", json::object()).at("trusted") == true);
}

TEST_CASE("status is told when something about the links changed, and not otherwise") {
  Editor editor({}, json::object(), json::array({{{"preset", "quota_per_day"}}}));
  const json result = editor.run("autofix.fix", editor.fix_argument());
  CHECK(result.at("status") == "no_fix");
  const auto statuses = [&] {
    return std::ranges::count_if(editor.client.notifications,
                                 [](const json& one) { return one.at("method") == "autofix/status"; });
  };
  REQUIRE(editor.client.pump([&] { return statuses() >= 1; }));
  const json status = editor.client.request("autofix/status", json::object());
  CHECK(status.at("links").at(0).at("state") != "ready");
  CHECK(status.at("links").at(0).at("retryAt").is_string());
  CHECK(find_canary(status.dump()).empty());
}

TEST_CASE("progress begins, reports and ends on the request's own token") {
  Editor editor;
  json params = {{"command", "autofix.fix"},
                 {"arguments", json::array({editor.fix_argument()})},
                 {"workDoneToken", "mine"}};
  editor.client.request("workspace/executeCommand", params);
  std::vector<std::string> kinds;
  for (const json& message : editor.client.notifications) {
    if (message.at("method") == "$/progress" && message.at("params").at("token") == "mine") {
      kinds.push_back(message.at("params").at("value").at("kind"));
    }
  }
  REQUIRE(kinds.size() >= 3);
  CHECK(kinds.front() == "begin");
  CHECK(kinds.back() == "end");
  CHECK(std::ranges::count(kinds, "end") == 1);
}

TEST_CASE("incremental changes are followed in every encoding") {
  for (const char* encoding : {"utf-8", "utf-16", "utf-32"}) {
    Editor editor([&](json& params) {
      params["capabilities"]["general"]["positionEncodings"] = json::array({encoding});
    });
    const int width = std::string(encoding) == "utf-8" ? 4 : std::string(encoding) == "utf-16" ? 2 : 1;
    const auto change = [&](int version, const json& at, const std::string& text) {
      editor.client.notify("textDocument/didChange",
                           {{"textDocument", {{"uri", editor.uri}, {"version", version}}},
                            {"contentChanges", {{{"range", at}, {"text", text}}}}});
    };
    change(2, range(0, 0, 100, 0), "# \xF0\x9F\x99\x82 x = models\r\n");  // beyond the end is the end
    change(3, range(0, 2, 0, 2 + width), "y");
    json argument = editor.fix_argument();
    argument["version"] = 3;
    argument["diagnostics"] = json::array({diagnostic(0, "wrong")});
    const json preview = editor.client.request("autofix/preview", argument);
    INFO(encoding << preview.dump());
    CHECK_THAT(preview.dump(), Contains("# y x = models"));
  }
}

TEST_CASE("folders come and go, and a file outside of all of them is still fixed when it is open") {
  Editor editor;
  const std::string outside = "file://" + (editor.rig.outside() / "lonely.py").string();
  editor.client.notify(
      "textDocument/didOpen",
      {{"textDocument", {{"uri", outside}, {"languageId", "python"}, {"version", 1}, {"text", kRoutes}}}});
  const json result = editor.client.request(
      "autofix/fix", {{"uri", outside}, {"version", 1}, {"diagnostics", json::array({routes_diagnostic()})}});
  INFO(result.dump(1));
  CHECK(result.at("status") != "error");
  const std::string root = "file://" + editor.rig.project().string();
  editor.client.notify(
      "workspace/didChangeWorkspaceFolders",
      {{"event", {{"added", json::array()}, {"removed", {{{"uri", root}, {"name", "project"}}}}}}});
  const json alone = editor.client.request("autofix/fix", editor.fix_argument());
  CHECK(alone.at("status") ==
        "no_fix");  // app/models.py is not seen any more, and the reply names app/routes.py
  editor.client.notify(
      "workspace/didChangeWorkspaceFolders",
      {{"event", {{"added", {{{"uri", root}, {"name", "project"}}}}, {"removed", json::array()}}}});
  CHECK(editor.client.request("autofix/fix", editor.fix_argument()).at("status") == "unverified");
}

TEST_CASE("published test failures go when the tests pass or publishing is off") {
  Editor editor;
  const auto published = [&] {
    json last;
    for (const json& message : editor.client.notifications) {
      if (message.at("method") == "textDocument/publishDiagnostics") last = message.at("params");
    }
    return last;
  };
  editor.client.notify(
      "autofix/testResults",
      {{"failures",
        {{{"name", "t::a"}, {"uri", editor.uri}, {"range", range(4, 0, 4, 1)}, {"message", "boom"}}}}});
  REQUIRE(editor.client.pump([&] { return !published().is_null(); }));
  const json shown = published().at("diagnostics").at(0);
  CHECK(shown.at("source") == "autofix tests");
  CHECK(shown.at("code") == "t::a");
  CHECK(shown.at("message") == "boom");
  // Coming back in the context, it is the failing test's action and no second one.
  const std::vector<std::string> offered = titles(editor.actions(range(4, 0, 4, 0), {shown}));
  CHECK(offered == std::vector<std::string>{"Auto-fix with AI: failing test t::a"});
  editor.client.notify("autofix/testResults", {{"failures", json::array()}});
  REQUIRE(editor.client.pump([&] { return published().at("diagnostics").empty(); }));

  Editor quiet([](json& params) { params["initializationOptions"] = {{"tests", {{"publish", false}}}}; });
  quiet.client.notify(
      "autofix/testResults",
      {{"failures",
        {{{"name", "t::a"}, {"uri", quiet.uri}, {"range", range(4, 0, 4, 1)}, {"message", "boom"}}}}});
  CHECK(titles(quiet.actions(range(4, 0, 4, 0), {})).size() == 1);
  for (const json& message : quiet.client.notifications)
    CHECK(message.at("method") != "textDocument/publishDiagnostics");
}

TEST_CASE("an editor's settings cannot send the key elsewhere") {
  FakeProvider listener(Vendor::gemini, fake_script(Vendor::gemini, json::array({{{"ok", "x"}}})));
  const json hostile = {{"providers", {{"gemini", {{"baseUrl", listener.base_url()}}}}}};
  Editor editor([&](json& params) { params["initializationOptions"] = hostile; });
  editor.rig.write(".autofix.json", hostile.dump());
  editor.run("autofix.fix", editor.fix_argument());
  CHECK(listener.all_bytes().empty());
  CHECK(editor.rig.gemini->requests().size() == 1);
}

TEST_CASE("two fixes at once are two answers") {
  Editor editor({}, json::object(), json::array({{{"ok", fix_reply()}, {"delayMs", 100}}}));
  const json params = {{"command", "autofix.fix"}, {"arguments", json::array({editor.fix_argument()})}};
  const json first = editor.client.send_request("workspace/executeCommand", params);
  const json second = editor.client.send_request("workspace/executeCommand", params);
  const protocol::Outcome one = editor.client.wait_reply(first);
  const protocol::Outcome two = editor.client.wait_reply(second);
  REQUIRE(one);
  REQUIRE(two);
  // The second was made for the text before the first was applied, or for the fixed one: never half of each.
  CHECK((one->at("applied") == true || two->at("applied") == true));
  CHECK(editor.client.document("app/routes.py").text == kFixedRoutes);
}

}  // namespace
}  // namespace autofix::test
