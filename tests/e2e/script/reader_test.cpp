// What a script's text means, and what is said, with the line, where it means nothing.
#include "tests/support/catch.h"
#include "tests/support/script.h"

namespace autofix::test {
namespace {

using nlohmann::json;

Step only_step(const std::string& text) {
  return read_script("initialize\n" + text).at(1);
}

TEST_CASE("a step has its arguments in their order, then its options, then what is below it") {
  const Step step = only_step("actions calc.py 2:5-3:1 only source.autofix automatic\n  quickfix One\n\n");
  CHECK(step.verb == Verb::actions);
  CHECK(step.line == 2);
  CHECK(step.last_line == 3);
  CHECK(step.path == "calc.py");
  REQUIRE(step.range);
  CHECK(step.range->json() ==
        json::parse(R"({"start": {"line": 1, "character": 4}, "end": {"line": 2, "character": 0}})"));
  CHECK(step.option("only") == "source.autofix");
  CHECK(step.has("automatic"));
  CHECK(step.lines == std::vector<std::string>{"quickfix One"});
}

TEST_CASE("a text below a step keeps its blanks, and lines of remarks are passed over") {
  const Step step = only_step("# why\nchange calc.py\n  |  a = 1  \n  # between\n  |\n  |# b\n");
  CHECK(step.line == 3);
  CHECK(step.text_below == "  a = 1  \n\n# b\n");
  CHECK(!step.range);
}

TEST_CASE("JSON stands on the step's line or below it, in the order in which it was written") {
  const Step beside = only_step(R"(notify some/thing {"b": 1, "a": {"c": [1]}})");
  const Step below = only_step("notify some/thing\n  {\"b\": 1,\n   \"a\": {\"c\": [1]}}\n");
  CHECK(beside.head == "notify some/thing");
  CHECK(beside.json->dump() == R"({"b":1,"a":{"c":[1]}})");
  CHECK(*beside.json == *below.json);
  CHECK(below.json_below);
}

TEST_CASE("problems are written as compilers print them") {
  const Step step =
      only_step("diagnostics a.py forwarded\n  2:5-10: add: subtracts\n  3:1: warning: unused\n");
  REQUIRE(step.problems.size() == 2);
  CHECK(step.has("forwarded"));
  CHECK(step.problems[0].severity == 1);
  CHECK(step.problems[0].message == "add: subtracts");
  CHECK(step.problems[1].severity == 2);
  for (const char* text : {"2:5-10: add: subtracts", "3:1: warning: unused", "3:1-4:2: hint: x"}) {
    const ScriptProblem problem = read_problem(text);
    CHECK(written_problem({{"range", problem.range.json()},
                           {"severity", problem.severity},
                           {"message", problem.message}}) == text);
  }
}

struct BadScript {
  const char* text;
  const char* said;
};

TEST_CASE("what is no script is refused with its line") {
  const BadScript bad = GENERATE(values<BadScript>({
      {"", "the script has no `initialize`"},
      {"open a.py\ninitialize", "line 1: `initialize` has to come first"},
      {"initialize\nopne a.py", "line 2: no such step: opne a.py"},
      {"initialize\n\n# remark\nexpect nonsense {}", "line 4: no such step: expect nonsense {}"},
      {"initialize\nopen", "line 2: `open` needs PATH"},
      {"initialize\nopen a.py b.py", "line 2: `open` does not take: b.py"},
      {"initialize\nopen a.py as", "line 2: nothing follows `as`"},
      {"initialize without", "line 1: nothing follows `without`"},
      {"initialize\nactions a.py 0:1", "line 2: no place `line:column`: 0:1"},
      {"initialize\nactions a.py", "line 2: `actions` needs RANGE"},
      {"initialize\nedits eaten", "line 2: `eaten` is nothing that `edits` knows"},
      {"initialize\nnotify a {\"b\": }", "line 2: no JSON: {\"b\": }"},
      {"initialize\nnotify a {}\n  {}", "line 2: lines below a step that takes none: {}\n"},
      {"initialize\nclose a.py\n  |x", "line 2: text below a step that takes none"},
      {"initialize\nchange a.py", "line 2: `change` needs a text below it"},
      {"initialize\nchange a.py\n  x", "line 2: lines of a text begin with `|`: x\n"},
      {"initialize\ndiagnostics a.py\n  2:5 what", "line 2: no `place: message`: 2:5 what"},
      {"  initialize", "line 1: an indented line without a step:   initialize"},
      {"initialize\nexpect result {}", "line 2: every reply was expected already"},
      {"initialize\nrequest shutdown", "line 2: no `expect result` or `expect error` follows"},
      {"initialize\nexpect result", "line 2: `expect result` needs JSON"},
  }));
  INFO(bad.text);
  std::string said;
  try {
    read_script(bad.text);
  } catch (const std::runtime_error& fault) {
    said = fault.what();
  }
  CHECK(said == bad.said);
}

TEST_CASE("lines are counted from where the script begins in its file") {
  CHECK_THROWS_WITH(read_script("initialize\nnonsense", 40), "line 41: no such step: nonsense");
}

}  // namespace
}  // namespace autofix::test
