// What the user is told while a fix is made and after it: steps and seconds, and one message.
#include <algorithm>

#include "tests/e2e/conversation/editor.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using nlohmann::json;

std::vector<json> told(const LspClient& client, const std::string& method) {
  std::vector<json> all;
  for (const json& message : client.notifications) {
    if (message.at("method") == method) all.push_back(message.at("params"));
  }
  return all;
}

std::vector<json> questions(const LspClient& client) {
  std::vector<json> all;
  for (const json& request : client.asked) {
    if (request.at("method") == "window/showMessageRequest") all.push_back(request.at("params"));
  }
  return all;
}

std::vector<std::string> steps(const LspClient& client) {
  std::vector<std::string> all;
  for (const json& params : told(client, "$/progress"))
    all.push_back(params.at("value").value("message", params.at("value").at("kind")));
  return all;
}

void with_buttons(json& params) {
  params["capabilities"]["window"]["showMessage"] = {{"messageActionItem", json::object()}};
}

const json kQuota = json::array({{{"preset", "quota_per_day"}}});

TEST_CASE("a fix ends with one message: what, who in whose place, proven or not, the cost") {
  Editor editor({}, json::object(), kQuota, json::array({{{"ok", fix_reply()}}}));
  editor.run("autofix.fix", editor.fix_argument());
  REQUIRE(editor.client.pump([&] { return editor.states().back() == "awaiting_verification"; }));
  const std::vector<json> messages = told(editor.client, "window/showMessage");
  REQUIRE(messages.size() == 1);
  CHECK(messages[0].at("type") == 3);
  const std::string text = messages[0].at("message");
  CHECK_THAT(text, StartsWith("autofix: Missing import of models in routes. Unverified, by Groq after Gemini "
                              "(quota exhausted)"));
  CHECK_THAT(text, Contains(" tokens, "));
  CHECK(questions(editor.client).empty());
}

TEST_CASE("the last fallback stands in the status") {
  Editor editor({}, json::object(), kQuota, json::array({{{"ok", fix_reply()}}}));
  CHECK(editor.client.request("autofix/status", json::object()).at("lastFallback").is_null());
  editor.run("autofix.fix", editor.fix_argument());
  json fallback = editor.client.request("autofix/status", json::object()).at("lastFallback");
  CHECK(fallback.at("at").is_string());
  fallback.erase("at");
  CHECK(fallback == json{{"from", "Gemini"}, {"to", "Groq"}, {"outcome", "quota_exhausted"}});
  const std::vector<json> statuses = told(editor.client, "autofix/status");
  REQUIRE(!statuses.empty());
  CHECK(statuses.back().at("lastFallback").at("to") == "Groq");
}

TEST_CASE("a failure says what to do next, and offers another try only where one may help") {
  const auto message_after = [](const json& gemini) {
    Editor editor(with_buttons, {{"retry", {{"max", 0}}}}, gemini);
    CHECK(editor.run("autofix.fix", editor.fix_argument()).at("status") == "no_fix");
    const std::vector<json> plain = told(editor.client, "window/showMessage");
    const std::vector<json> asked = questions(editor.client);
    REQUIRE(plain.size() + asked.size() == 1);
    json message = plain.empty() ? asked[0] : plain[0];
    CHECK(message.at("type") == 2);
    return message;
  };
  const json spent = message_after(kQuota);
  CHECK_THAT(std::string(spent.at("message")), Contains("Wait until ") && Contains("or add another key"));
  CHECK(!spent.contains("actions"));
  const json bad = message_after(json::array({{{"ok", "I cannot help with that."}}}));
  CHECK(bad.at("actions") == json::array({{{"title", "Try again"}}}));
}

TEST_CASE("a fix that comes too late offers another try, which starts from the text as it is now") {
  // Without the cache, which would give the same fix again and ask nobody.
  Editor editor(with_buttons, {{"cache", {{"enabled", false}}}},
                json::array({{{"ok", fix_reply()}, {"hold", true}}, {{"ok", fix_reply()}}}));
  editor.client.message_answer = "Try again";
  const json id = editor.client.send_request(
      "workspace/executeCommand",
      {{"command", "autofix.fix"}, {"arguments", json::array({editor.fix_argument()})}});
  REQUIRE(editor.rig.gemini->wait_for_requests(1));
  const std::string before = kRoutes;
  editor.client.type("app/routes.py", "# typed\n" + before);
  // Typed before the answer comes.
  editor.client.request("autofix/status", json::object());
  editor.rig.gemini->release();
  const json late = *editor.client.wait_reply(id);
  CHECK(late.at("reason") == "stale_document");
  REQUIRE(editor.client.pump([&] { return editor.client.edits_asked == 1; }));
  REQUIRE(editor.client.pump([&] { return editor.states().back() == "awaiting_verification"; }));
  CHECK(questions(editor.client).size() == 1);
  CHECK(editor.client.document("app/routes.py").text == "# typed\n" + std::string(kFixedRoutes));
  // The problem is one line further down there.
  CHECK_THAT(editor.rig.gemini->requests().at(1).body, Contains("app/routes.py:6:12"));
}

TEST_CASE("the message that offers another try is a plain one where the client shows no buttons") {
  Editor editor({}, json::object(), json::array({{{"ok", "I cannot help with that."}}}));
  editor.run("autofix.fix", editor.fix_argument());
  CHECK(told(editor.client, "window/showMessage").size() == 1);
  CHECK(questions(editor.client).empty());
}

TEST_CASE("progress is there before anybody has answered, and tells link and seconds while nothing happens") {
  Editor editor([](json& params) { params["capabilities"]["window"]["workDoneProgress"] = true; },
                json::object(), json::array({{{"ok", fix_reply()}, {"hold", true}}}));
  const json id = editor.client.send_request(
      "workspace/executeCommand",
      {{"command", "autofix.fix"}, {"arguments", json::array({editor.fix_argument()})}});
  const auto shows = [&](const std::string& text) {
    return [&, text] {
      const std::vector<std::string> all = steps(editor.client);
      return std::ranges::find(all, text) != all.end();
    };
  };
  REQUIRE(editor.client.pump(shows("asking Gemini")));
  REQUIRE(editor.client.pump(shows("asking Gemini, 1 s")));
  REQUIRE(editor.client.pump(shows("asking Gemini, 2 s")));
  editor.rig.gemini->release();
  CHECK(editor.client.wait_reply(id)->at("applied") == true);
  const std::vector<json> progress = told(editor.client, "$/progress");
  CHECK(progress.front().at("value").at("kind") == "begin");
  CHECK(progress.back().at("value").at("kind") == "end");
}

TEST_CASE("with actions.preview every edit waits for the user's word where the client can ask for it") {
  const auto edit_of = [](bool can_ask) {
    Editor editor([&](json& params) {
      params["initializationOptions"] = {{"actions", {{"preview", true}}}};
      if (can_ask)
        params["capabilities"]["workspace"]["workspaceEdit"]["changeAnnotationSupport"] = json::object();
    });
    CHECK(editor.run("autofix.fix", editor.fix_argument()).at("applied") == true);
    for (const json& request : editor.client.asked) {
      if (request.at("method") == "workspace/applyEdit") return json(request.at("params").at("edit"));
    }
    return json();
  };
  const json asking = edit_of(true);
  CHECK(asking.at("changeAnnotations").begin()->at("needsConfirmation") == true);
  const std::string name = asking.at("changeAnnotations").begin().key();
  for (const json& edit : asking.at("documentChanges").at(0).at("edits"))
    CHECK(edit.at("annotationId") == name);
  CHECK(!edit_of(false).contains("changeAnnotations"));
}

TEST_CASE("an edit that the user was shown and did not take is no fault of anybody's") {
  Editor editor([](json& params) {
    with_buttons(params);
    params["initializationOptions"] = {{"actions", {{"preview", true}}}};
    params["capabilities"]["workspace"]["workspaceEdit"]["changeAnnotationSupport"] = json::object();
  });
  editor.client.refuse_edits = true;
  const json result = editor.run("autofix.fix", editor.fix_argument());
  CHECK(result.at("applied") == false);
  CHECK(result.at("reason") == "declined");
  CHECK(questions(editor.client).empty());
  REQUIRE(told(editor.client, "window/showMessage").size() == 1);
}

TEST_CASE("a fix from the cache names the link that gave it") {
  Editor editor;
  editor.run("autofix.fix", editor.fix_argument());
  editor.client.type("app/routes.py", kRoutes);
  json again = editor.fix_argument();
  again.erase("version");
  CHECK(editor.run("autofix.fix", again).at("cached") == true);
  const std::vector<json> messages = told(editor.client, "window/showMessage");
  REQUIRE(messages.size() == 2);
  CHECK_THAT(std::string(messages[1].at("message")), Contains("by Gemini (from the cache)"));
}

TEST_CASE("settings that are taken out of the section again count no longer") {
  Editor editor([](json& params) {
    params["capabilities"]["workspace"]["configuration"] = true;
    params["initializationOptions"] = {{"actions", {{"minSeverity", "error"}}}};
  });
  const auto offered = [&] {
    json warning = routes_diagnostic();
    warning["severity"] = 2;
    return !editor.actions(warning.at("range"), {warning}).empty();
  };
  const auto pulled = [&](const json& section) {
    editor.client.configuration = section;
    const std::size_t before = editor.client.asked.size();
    editor.client.notify("workspace/didChangeConfiguration", {{"settings", nullptr}});
    REQUIRE(editor.client.pump([&] { return editor.client.asked.size() > before; }));
  };
  CHECK(!offered());
  pulled({{"actions", {{"minSeverity", "hint"}}}});
  CHECK(offered());
  pulled(json::object());
  CHECK(!offered());
}

TEST_CASE("the last fix can be tried again after any number of fixes") {
  Editor editor;
  json last;
  for (int fix = 0; fix < 102; ++fix) {
    json argument = editor.fix_argument();
    argument.erase("version");
    last = editor.run("autofix.fix", argument);
    editor.client.type("app/routes.py", kRoutes);
  }
  CHECK(editor.run("autofix.retry", {{"sessionId", last.at("sessionId")}}).at("status") == "unverified");
}

}  // namespace
}  // namespace autofix::test
