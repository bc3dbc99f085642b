// Cancelling: the answer comes at once, the provider's socket closes, nothing is applied, nothing is left.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <fstream>

#include "tests/e2e/conversation/samples.h"
#include "tests/support/catch.h"
#include "tests/support/lsp_client.h"

namespace autofix::test {
namespace {

using nlohmann::json;
using Clock = std::chrono::steady_clock;

json fix_arguments(const LspClient& editor) {
  return {{"command", "autofix.fix"},
          {"arguments",
           {{{"uri", editor.uri("app/routes.py")},
             {"version", 1},
             {"diagnostics", json::array({routes_diagnostic()})}}}}};
}

TEST_CASE("a cancelled fix is answered within 100 ms and closes the provider's socket") {
  Rig rig(task_api(), json::array({{{"stall", true}}}), json::array());
  LspClient editor(rig.environment, rig.project());
  editor.initialize();
  editor.open("app/routes.py", kRoutes);
  // The first round pays for what is built once; the second is the one whose time is taken.
  for (std::size_t round = 1; round <= 2; ++round) {
    const json id = editor.send_request("workspace/executeCommand", fix_arguments(editor));
    REQUIRE(rig.gemini->wait_for_requests(round));
    const auto begin = Clock::now();
    editor.notify("$/cancelRequest", {{"id", id}});
    const protocol::Outcome outcome = editor.wait_reply(id);
    const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin);
    REQUIRE(!outcome);
    CHECK(code_of(outcome) == -32800);
    CHECK(elapsed.count() < 100);
    CHECK(rig.gemini->wait_for_hang_ups(round, std::chrono::milliseconds(100)));
  }
  CHECK(editor.edits_asked == 0);
  CHECK(editor.document("app/routes.py").text == kRoutes);
  CHECK(rig.read("app/routes.py") == kRoutes);
  CHECK(editor.shut_down() == 0);
}

TEST_CASE("cancelling through the progress gives the result cancelled") {
  Rig rig(task_api(), json::array({{{"stall", true}}}), json::array());
  LspClient editor(rig.environment, rig.project());
  editor.initialize();
  editor.open("app/routes.py", kRoutes);
  json arguments = fix_arguments(editor);
  arguments["workDoneToken"] = "the-token";
  const json id = editor.send_request("workspace/executeCommand", arguments);
  REQUIRE(rig.gemini->wait_for_requests(1));
  editor.notify("window/workDoneProgress/cancel", {{"token", "the-token"}});
  const protocol::Outcome outcome = editor.wait_reply(id);
  REQUIRE(outcome);
  CHECK(outcome->at("status") == "cancelled");
  CHECK(editor.edits_asked == 0);
  CHECK(editor.shut_down() == 0);
}

TEST_CASE("two hundred cancelled fixes leave no thread, no descriptor and no child") {
  Rig rig(task_api(), json::array({{{"stall", true}}}), json::array());
  LspClient editor(rig.environment, rig.project());
  editor.initialize();
  editor.open("app/routes.py", kRoutes);
  const auto cycle = [&](std::size_t number) {
    const json id = editor.send_request("workspace/executeCommand", fix_arguments(editor));
    REQUIRE(rig.gemini->wait_for_requests(number));
    editor.notify("$/cancelRequest", {{"id", id}});
    const protocol::Outcome outcome = editor.wait_reply(id);
    REQUIRE(!outcome);
    REQUIRE(code_of(outcome) == -32800);
    REQUIRE(rig.gemini->wait_for_hang_ups(number));
  };
  // Several at once first, so that every thread that ever starts has started.
  constexpr std::size_t kAtOnce = 4;
  std::vector<json> ids;
  while (ids.size() < kAtOnce)
    ids.push_back(editor.send_request("workspace/executeCommand", fix_arguments(editor)));
  REQUIRE(rig.gemini->wait_for_requests(kAtOnce));
  for (const json& id : ids) editor.notify("$/cancelRequest", {{"id", id}});
  for (const json& id : ids) REQUIRE(!editor.wait_reply(id));
  REQUIRE(rig.gemini->wait_for_hang_ups(kAtOnce));
  // Answers come before the workers have put their things away.
  const auto all_over = [&] {
    const json sessions = editor.request("autofix/status", json::object()).at("sessions");
    return std::ranges::all_of(sessions, [](const json& one) { return one.at("state") == "cancelled"; });
  };
  const auto end = Clock::now() + std::chrono::seconds(30);
  while (!all_over() && Clock::now() < end) {
  }
  std::size_t number = kAtOnce;
  const std::size_t threads = editor.process().threads();
  const std::size_t descriptors = editor.process().descriptors();
  while (number < kAtOnce + 200) cycle(++number);
  while ((!all_over() || editor.process().descriptors() > descriptors) && Clock::now() < end) {
  }
  CHECK(editor.process().threads() <= threads);
  CHECK(editor.process().descriptors() <= descriptors);
  CHECK(editor.process().children() == 0);
  CHECK(rig.left_in_tmp().empty());
  CHECK(editor.edits_asked == 0);
  CHECK(editor.shut_down() == 0);
}

TEST_CASE("an interrupted command line ends with 130 and leaves the project alone") {
  Rig rig(task_api(), json::array({{{"stall", true}}}), json::array());
  const std::string report = (rig.outside() / "report.xml").string();
  std::ofstream(report) << failed_report(rig.project().string());
  for (const auto& [signal, code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    ChildOptions options;
    options.argv = {autofix_binary(), "fix", ".", "--tests", report, "--apply"};
    options.environment = rig.environment;
    options.folder = rig.project();
    ChildProcess child(options);
    REQUIRE(rig.gemini->wait_for_requests(signal == SIGINT ? 1 : 2));
    child.kill_now(signal);
    CHECK(child.wait(5) == code);
  }
  CHECK(rig.project_files() == Rig(task_api(), json::array(), json::array()).project_files());
  CHECK(rig.left_in_tmp().empty());
}

TEST_CASE("the server ends when its editor is gone") {
  Rig rig(task_api(), json::array({{{"stall", true}}}), json::array());
  LspClient editor(rig.environment, rig.project());
  editor.initialize();
  editor.open("app/routes.py", kRoutes);
  editor.send_request("workspace/executeCommand", fix_arguments(editor));
  REQUIRE(rig.gemini->wait_for_requests(1));
  editor.process().close_input();
  CHECK(editor.process().wait(5) == 1);  // exit without shutdown
  CHECK(rig.gemini->wait_for_hang_ups(1));
}

}  // namespace
}  // namespace autofix::test
