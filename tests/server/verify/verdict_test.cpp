// Before and after as sets: what proves a fix, and what does not.
#include "server/verify/verdict.h"

#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

using Catch::Matchers::Contains;

problems::Problem test_failure(const std::string& name) {
  problems::Problem problem;
  problem.kind = problems::ProblemKind::test_failure;
  problem.message = "assert 1 == 2";
  problem.test.emplace();
  problem.test->name = name;
  return problem;
}

problems::Problem diagnostic(const std::string& path, std::uint32_t line, const std::string& message) {
  problems::Problem problem;
  problem.path = path;
  problem.range.start.line = line;
  problem.message = message;
  return problem;
}

/// `+name` passed, `-name` failed, `?name` was skipped.
RunFacts tests(const std::vector<std::string>& names) {
  RunFacts facts;
  for (const std::string& name : names) {
    (name[0] == '+' ? facts.passed : name[0] == '-' ? facts.failed : facts.skipped).insert(name.substr(1));
  }
  facts.counts = {static_cast<int>(facts.failed.size()), static_cast<int>(facts.passed.size())};
  facts.clean = facts.failed.empty();
  if (!facts.clean) facts.why = "ended with exit status 1";
  return facts;
}

RunFacts counted(int failed, int passed) {
  RunFacts facts;
  facts.counts = {failed, passed};
  facts.clean = failed == 0;
  return facts;
}

/// A runner spoke.
RunFacts by_runner(RunFacts facts) {
  facts.tests = true;
  return facts;
}

RunFacts diagnostics(const Asked& problems) {
  RunFacts facts;
  for (const problems::Problem& problem : problems) {
    ++facts.diagnostics[diagnostic_key(problem)];
    facts.lines[diagnostic_key(problem)].insert(problem.range.start.line);
  }
  facts.clean = problems.empty();
  facts.counts = {static_cast<int>(problems.size()), problems.empty() ? 1 : 0};
  return facts;
}

RunFacts timed_out(RunFacts facts) {
  facts.ended = false;
  facts.clean = false;
  facts.why = "did not end in time";
  return facts;
}

struct Case {
  std::string name;
  RunFacts before;
  RunFacts after;
  Asked asked;
  std::string failure;  ///< empty: proven
};

TEST_CASE("a fix is proven when what was asked for is gone and nothing came") {
  const Asked a = {test_failure("t.py::a")};
  const RunFacts before = tests({"-t.py::a", "+t.py::b"});
  const problems::Problem unused = diagnostic("m.c", 3, "unused variable 'x'");
  const problems::Problem undeclared = diagnostic("m.c", 9, "'y' undeclared");
  const std::vector<Case> cases = {
      {"passes", before, tests({"+t.py::a", "+t.py::b"}), a, ""},
      {"still fails", before, before, a, "the test t.py::a still fails"},
      {"deleted", before, tests({"+t.py::b"}), a, "the test t.py::a is no longer run"},
      {"skipped", before, tests({"?t.py::a", "+t.py::b"}), a, "is skipped now"},
      {"breaks another", before, tests({"+t.py::a", "-t.py::b"}), a, "this fails now: t.py::b"},
      {"loses another", before, tests({"+t.py::a"}), a, "not run any more: t.py::b"},
      {"skips another", before, tests({"+t.py::a", "?t.py::b"}), a, "not run any more: t.py::b"},
      {"another is new and fails", before, tests({"+t.py::a", "+t.py::b", "-t.py::c"}), a,
       "this fails now: t.py::c"},
      {"another is new and passes", before, tests({"+t.py::a", "+t.py::b", "+t.py::c"}), a, ""},
      {"another failed before", tests({"-t.py::a", "-t.py::b"}), tests({"+t.py::a", "-t.py::b"}), a, ""},
      {"hangs", before, timed_out(tests({"+t.py::b"})), a, "the command did not end in time"},
      {"hung before", timed_out(tests({})), tests({"+t.py::a"}), a, ""},
      {"only failures are named, another broken",
       [] {
         RunFacts facts = tests({"-t.py::a"});
         facts.counts = {1, 3};
         return facts;
       }(),
       [] {
         RunFacts facts = tests({"-t.py::b"});
         facts.counts = {1, 3};
         return facts;
       }(),
       a, "this fails now: t.py::b"},
      {"a new note",
       diagnostics({undeclared}),
       [&] {
         RunFacts facts = diagnostics({unused});
         facts.minor.insert(diagnostic_key(unused));
         return facts;
       }(),
       {undeclared},
       ""},
      {"only counted", counted(1, 3), counted(0, 4), a, ""},
      {"only counted, deleted", counted(1, 3), counted(0, 3), a, "the failing test is no longer run"},
      {"only counted, another broken", counted(1, 3), counted(1, 3), a, "the command"},
      {"named only when failing", tests({"-t.py::a"}), counted(0, 4), a, ""},
      {"the only test", by_runner(tests({"-t.py::a"})), by_runner(counted(0, 1)), a, ""},
      {"the only test, by an exit from inside", by_runner(tests({"-t.py::a"})), counted(0, 1), a,
       "the failing test is no longer run"},
      {"diagnostic gone", diagnostics({unused, undeclared}), diagnostics({unused}), {undeclared}, ""},
      {"diagnostic moved",
       diagnostics({unused}),
       diagnostics({diagnostic("m.c", 30, "unused variable 'x'")}),
       {unused},
       "still reported"},
      {"one of two gone",
       diagnostics({undeclared, diagnostic("m.c", 20, "'y' undeclared")}),
       diagnostics({undeclared}),
       {undeclared},
       ""},
      {"two asked, one gone",
       diagnostics({undeclared, diagnostic("m.c", 20, "'y' undeclared")}),
       diagnostics({undeclared}),
       {undeclared, diagnostic("m.c", 20, "'y' undeclared")},
       "still reported"},
      {"new warning",
       diagnostics({undeclared}),
       diagnostics({unused}),
       {undeclared},
       "something new is reported: m.c"},
      {"another tool's words",
       diagnostics({diagnostic("m.c", 9, "use of undeclared identifier 'y'")}),
       diagnostics({}),
       {undeclared},
       ""},
      {"exit status alone", counted(1, 0), counted(0, 1), {diagnostic("", 0, "it failed")}, ""},
      {"exit status alone, still",
       counted(1, 0),
       counted(1, 0),
       {diagnostic("", 0, "it failed")},
       "the command"},
  };
  for (const Case& one : cases) {
    INFO(one.name);
    CHECK(shown(one.before, one.asked).size() == one.asked.size());
    const Verdict verdict = judge(one.before, one.after, one.asked);
    if (one.failure.empty()) {
      CHECK(verdict.failure.empty());
    } else {
      CHECK_THAT(verdict.failure, Contains(one.failure));
    }
  }
}

TEST_CASE("a run shows only what it says") {
  CHECK(shown(tests({"+t.py::a", "-t.py::b"}), {test_failure("t.py::a")}).empty());
  CHECK(shown(tests({"-t.py::a"}), {test_failure("t.py::a")}).size() == 1);
  // A run of tests that are named otherwise says by its end alone that something failed.
  CHECK(shown(tests({"-Suite.case"}), {test_failure("t.py::a")}).size() == 1);
  CHECK(shown(diagnostics({diagnostic("a.c", 1, "x")}), {diagnostic("b.c", 1, "x")}).empty());
  CHECK(shown(diagnostics({diagnostic("/p/sub/a.c", 1, "x")}), {diagnostic("sub/a.c", 1, "x")}).size() == 1);
}

TEST_CASE("one test has many names") {
  CHECK(is_same_test("tests/test_x.py::TestA::test_y", "tests.test_x.TestA.test_y"));
  CHECK(is_same_test("test_y", "tests/test_x.py::test_y"));
  CHECK(is_same_test("Suite.case", "Suite > case"));
  CHECK(is_same_test("Suite \xE2\x80\xBA case", "Suite case"));
  CHECK_FALSE(is_same_test("tests/test_x.py::test_y", "tests/test_x.py::test_z"));
  CHECK_FALSE(is_same_test("test_y", "test_y2"));
  CHECK_FALSE(is_same_test("", "test_y"));
}

TEST_CASE("the rest may not get worse, whatever is asked for") {
  CHECK(judge_rest(tests({"-a", "+b"}), tests({"-a", "+b"})).failure.empty());
  CHECK_THAT(judge_rest(tests({"+a"}), timed_out(tests({"+a"}))).failure, Contains("did not end in time"));
  const Verdict verdict = judge_rest(diagnostics({}), diagnostics({diagnostic("m.c", 3, "unused")}));
  CHECK_THAT(verdict.failure, Contains("something new"));
  CHECK(verdict.only_new_diagnostics);
}

}  // namespace
}  // namespace autofix::verify
