// A script against the real server: what is as expected passes, everything else is told with its line and
// with what came instead, and could be written into the script.
#include "tests/support/catch.h"
#include "tests/support/script_player.h"

namespace autofix::test {
namespace {

using Catch::Matchers::Contains;
using nlohmann::json;

const Files kProject = {{"calc.py", "def add(a, b):\n    return a - b\n"}};

Played play(const std::string& script) {
  Rig rig(kProject, json::array({{{"ok", block("calc.py", "    return a - b\n", "    return a + b\n")}}}),
          json::array());
  return ScriptPlayer(rig).play(read_script("initialize\nopen calc.py\n" + script));
}

const std::string kFix = "diagnostics calc.py\n  2:5-10: subtracts\nfix calc.py 2:5\n";

TEST_CASE("a fix from the light bulb to the session's state") {
  const Played played = play(
      "diagnostics calc.py\n  2:5-10: subtracts\n"
      "actions calc.py 2:5\n  quickfix Auto-fix with AI: subtracts\n"
      "choose Auto-fix with AI: subtracts\n"
      "expect asked gemini\n"
      "expect session asking\n"
      "expect progress begin Auto-fix\n"
      "expect edit {\"edit\": {\"documentChanges\": [{\"textDocument\": {\"uri\": \"{uri:calc.py}\", "
      "\"version\": 1}}]}}\n"
      "expect result {\"applied\": true}\n"
      "expect session awaiting_verification\n"
      "expect document calc.py\n  |def add(a, b):\n  |    return a + b\n"
      "diagnostics calc.py forwarded\n"
      "expect session verified\n"
      "request autofix/status\n"
      "expect result {\"sessions\": [{\"sessionId\": \"{session}\", \"state\": \"verified\"}]}\n");
  CHECK(played.wrong == std::vector<std::string>{});
  CHECK(played.goldens.empty());
}

struct WrongScript {
  std::string script;
  std::string line;    ///< how the only complaint begins
  std::string said;    ///< what it has to contain
  std::string golden;  ///< what --update would write; empty where there is nothing to write
};

TEST_CASE("what is not as expected is told with its line, what came and what would be right") {
  const WrongScript wrong = GENERATE(values<WrongScript>({
      {"actions calc.py 2:5\n  quickfix One\n", "line 3: actions calc.py 2:5: ", "wanted:\n  quickfix One",
       "actions calc.py 2:5"},
      {"diagnostics calc.py\n  2:5: subtracts\nactions calc.py 2:5\n",
       "line 5: actions calc.py 2:5: ", "what is there:\n  quickfix Auto-fix with AI: subtracts",
       "actions calc.py 2:5\n  quickfix Auto-fix with AI: subtracts"},
      {"choose One\nexpect result {}\n", "line 3: choose One: ", "it is not offered", ""},
      {kFix + "expect edit\nexpect result {\"applied\": false}\n", "line 7: expect result: ",
       "result.applied is true, wanted false", "expect result {\"applied\": true}"},
      {kFix + "expect edit\nexpect error -32800\n",
       "line 7: expect error -32800: ", "no error came but the result", ""},
      {kFix + "expect result {}\n",
       "line 6: expect result: ", "at the end: 1 workspace/applyEdit came, 0 were expected", ""},
      {"request no/such\nexpect result {}\n", "line 4: expect result: ", "the error -32601", ""},
      {"expect document calc.py\n  |x\n",
       "line 3: expect document calc.py: ", "what is there:\n  |def add(a, b):",
       "expect document calc.py\n  |def add(a, b):\n  |    return a - b"},
      {"request autofix/status\nexpect result {}\nexpect no request workspace/configuration\n",
       "line 5: ", "there was one: ", ""},
      {"fix calc.py 1:1\nexpect result {}\n", "line 3: fix calc.py 1:1: ", "no code action is offered there",
       ""},
      {"change main.py\n  |x\n", "line 3: change main.py: ", "it is not open", ""},
      {"release groq\n", "line 3: release groq: ", "there is no section groq.json", ""},
  }));
  INFO(wrong.script);
  const Played played = play(wrong.script);
  REQUIRE(played.wrong.size() == 1);
  CHECK_THAT(played.wrong.front(), Catch::Matchers::StartsWith(wrong.line) && Contains(wrong.said));
  std::string golden;
  for (const Golden& one : played.goldens) {
    for (const std::string& line : one.lines) golden += golden.empty() ? line : "\n" + line;
  }
  CHECK(golden == wrong.golden);
}

}  // namespace
}  // namespace autofix::test
