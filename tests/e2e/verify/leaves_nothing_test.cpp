// What verifying leaves behind: nothing. And what happens to a proof when the project changes under it, or
// when autofix itself is killed in the middle of one.
#include <csignal>
#include <thread>
#include <unistd.h>

#include "tests/e2e/verify/gate.h"
#include "tests/e2e/verify/python_shop.h"
#include "tests/support/catch.h"
#include "tests/support/lsp_client.h"

namespace autofix::test {
namespace {

using nlohmann::json;

/// A check that costs next to nothing, in the words of a compiler.
constexpr const char* kCheck =
    "#!/bin/sh\nif grep -q plus sum.txt; then\n  echo 'sum.txt:1:1: error: plus is not allowed'\n  exit "
    "1\nfi\n";

Files sums() {
  return {{"sum.txt", "1 plus 2\n"}, {"check.sh", kCheck}, {"notes.txt", "none\n"}};
}

std::string sum_fix() {
  return "Less.\n\n" + block("sum.txt", "1 plus 2\n", "1 and 2\n");
}

json sum_diagnostic() {
  return {{"range", {{"start", {{"line", 0}, {"character", 0}}}, {"end", {{"line", 0}, {"character", 1}}}}},
          {"severity", 1},
          {"message", "plus is not allowed"}};
}

TEST_CASE("fifty proofs over LSP leave no mount, process, folder or descriptor") {
  if (!can_isolate()) return;
  const Rig rig(sums(), answers({sum_fix()}), json::array(),
                {{"verify", {{"commands", {"/bin/sh check.sh"}}}}});
  REQUIRE(rig.run({"trust", "."}).exit_code == 0);
  LspClient editor(rig.environment, rig.project());
  editor.initialize();
  editor.open("sum.txt", sums().at("sum.txt"));
  std::size_t descriptors = 0;
  std::size_t pipes = 0;
  std::size_t threads = 0;
  for (int round = 0; round < 52; ++round) {
    const json argument = {{"uri", editor.uri("sum.txt")},
                           {"version", editor.document("sum.txt").version},
                           {"diagnostics", json::array({sum_diagnostic()})}};
    const json result = editor.request("workspace/executeCommand",
                                       {{"command", "autofix.fix"}, {"arguments", json::array({argument})}});
    INFO("round " << round << ": " << result.dump(1) << editor.log());
    REQUIRE(result.at("status") == "verified");
    REQUIRE(editor.document("sum.txt").text == "1 and 2\n");
    editor.type("sum.txt", sums().at("sum.txt"));
    // The first two open what stays open: store, log, the connection to the provider.
    if (round == 1) {
      descriptors = editor.process().descriptors();
      pipes = editor.process().pipes();
      threads = editor.process().threads();
    }
  }
  CHECK(editor.process().pipes() == pipes);
  // Workers, at most four, start when they are needed, and the reports' watcher opens one folder after
  // another.
  CHECK(editor.process().threads() <= threads + 4);
  CHECK(editor.process().descriptors() <= descriptors + 4);
  CHECK(editor.process().children() == 0);
  CHECK(rig.left_in_tmp().empty());
  CHECK(editor.shut_down() == 0);
  check_nothing_left(rig);
}

/// The same check, but a candidate waits at the gate.
Files gated_sums(const Gate& gate, const std::string& then) {
  Files files = sums();
  files["check.sh"] = std::string(kCheck) + then + " < '" + gate.path() + "'\n";
  return files;
}

/// Has `changes` files of the project changed while the candidate is looked at, one in each look.
json result_when_disturbed(int changes, int looks) {
  Gate gate;
  const Rig rig(gated_sums(gate, "read line"), answers({sum_fix()}), json::array());
  std::thread elsewhere([&] {
    for (int look = 0; look < looks && gate.wait_for_reader(); ++look) {
      if (look < changes) rig.write("notes.txt", "changed " + std::to_string(look) + "\n");
      if (!gate.let_go()) break;
    }
  });
  const Fixed fixed = fix(rig, {"--run", "/bin/sh check.sh"});
  gate.give_up();
  elsewhere.join();
  INFO(fixed.ran.out << fixed.ran.err);
  CHECK(fixed.ran.exit_code == 0);
  check_nothing_left(rig);
  return fixed.result;
}

TEST_CASE("a file that changes on disk while a candidate is looked at means another look") {
  if (!can_isolate() || !has_gates()) return;
  SECTION("once") {
    CHECK(result_when_disturbed(1, 2).at("status") == "verified");
  }
  SECTION("each time") {
    const json result = result_when_disturbed(2, 2);
    CHECK(result.at("status") == "unverified");
    CHECK(result.at("reason") == "changed_on_disk");
    CHECK(result.at("verification").at("state") == "not_run");
  }
}

TEST_CASE("autofix killed in the middle of a proof: the command goes with it, its folder at the next start") {
  if (!can_isolate() || !has_gates()) return;
  Gate gate;
  const std::string seconds = "86001." + std::to_string(getpid());
  const Rig rig(gated_sums(gate, "exec sleep " + seconds), answers({sum_fix()}), json::array());
  {
    ChildOptions options;
    options.argv = {autofix_binary(), "fix", ".", "--run", "/bin/sh check.sh"};
    options.environment = rig.environment;
    options.folder = rig.project();
    ChildProcess autofix(options);
    REQUIRE(gate.wait_for_reader());
    autofix.kill_now(SIGKILL);
    CHECK(autofix.wait() == 128 + SIGKILL);
    CHECK(gate.wait_for_end());
  }
  CHECK(processes_with(seconds).empty());
  CHECK_FALSE(rig.left_in_tmp().empty());
  rig.write("check.sh", kCheck);
  const Fixed fixed = fix(rig, {"--run", "/bin/sh check.sh"});
  CHECK(fixed.result.at("status") == "verified");
  check_nothing_left(rig);
}

TEST_CASE("autofix interrupted while the command after --run runs: cancelled, not nothing to fix") {
  if (!can_isolate() || !has_gates()) return;
  for (const auto& [signal, exit_code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
    INFO(signal);
    Gate gate;
    Files files = sums();
    files["check.sh"] = "read line < '" + gate.path() + "'\n";
    const Rig rig(files, answers({sum_fix()}), json::array());
    ChildOptions options;
    options.argv = {autofix_binary(), "fix", ".", "--run", "/bin/sh check.sh"};
    options.environment = rig.environment;
    options.folder = rig.project();
    ChildProcess autofix(options);
    REQUIRE(gate.wait_for_reader());
    autofix.kill_now(signal);
    CHECK(autofix.wait() == exit_code);
    CHECK(gate.wait_for_end());
    CHECK(rig.gemini->requests().empty());
    check_nothing_left(rig);
  }
}

}  // namespace
}  // namespace autofix::test
