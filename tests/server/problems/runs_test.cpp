// What real runners said (fixtures/README.md says which), as reports and as console output: exact counts,
// exactly the failing names, and for each failure a problem of that name.
#include <algorithm>
#include <set>

#include "server/problems/readers.h"
#include "tests/server/problems/fixtures_by_name.h"

namespace autofix::problems {
namespace {

using Names = std::set<std::string>;

struct Counts {
  int passed;
  int failed;
  int skipped;
};

TestReport read(const std::string& file) {
  const std::string content = fixture(file);
  if (file.starts_with("runs/")) return read_output(content, 1);
  const ReadReport report = read_test_report(content);
  INFO(file << ": " << (report ? "" : report.error().message));
  REQUIRE(report);
  return *report;
}

Names names(const TestReport& report, TestCase::Outcome outcome) {
  Names found;
  for (const TestCase& test : report.tests) {
    if (test.outcome == outcome) found.insert(test.name);
  }
  return found;
}

Names names_of_problems(const TestReport& report) {
  Names found;
  for (const Problem& problem : report.problems) {
    if (problem.test) found.insert(problem.test->name);
  }
  return found;
}

/// Every test is named, and counts once.
void check_all(const std::string& file, Counts counts, const Names& failed) {
  INFO(file);
  const TestReport report = read(file);
  CHECK(report.passed == counts.passed);
  CHECK(report.failed == counts.failed);
  CHECK(report.skipped == counts.skipped);
  CHECK(names(report, TestCase::Outcome::failed) == failed);
  CHECK(names_of_problems(report) == failed);
  const auto count = [&](TestCase::Outcome outcome) {
    return std::ranges::count(report.tests, outcome, &TestCase::outcome);
  };
  CHECK(count(TestCase::Outcome::passed) == counts.passed);
  CHECK(count(TestCase::Outcome::failed) == counts.failed);
  CHECK(count(TestCase::Outcome::skipped) == counts.skipped);
}

/// The runner names what fails, and perhaps some of the others.
void check_failing(const std::string& file, Counts counts, const Names& failed) {
  INFO(file);
  const TestReport report = read(file);
  CHECK(report.passed == counts.passed);
  CHECK(report.failed == counts.failed);
  CHECK(report.skipped == counts.skipped);
  CHECK(names(report, TestCase::Outcome::failed) == failed);
  CHECK(names_of_problems(report) == failed);
}

/// The runner names nobody, or more than those that it counts.
void check_counts(const std::string& file, Counts counts) {
  INFO(file);
  const TestReport report = read(file);
  CHECK(report.passed == counts.passed);
  CHECK(report.failed == counts.failed);
  CHECK(report.skipped == counts.skipped);
  CHECK(report.tests.empty());
}

const Names& pytest_failures() {
  static const Names kNames = {
      "tests/test_calc.py::test_add[1-1-2]",      "tests/test_calc.py::test_add[2-2-4]",
      "tests/test_calc.py::test_words[x::y]",     "tests/test_calc.py::test_words[[z]]",
      "tests/test_calc.py::test_setup",           "tests/test_calc.py::test_teardown",
      "tests/test_calc.py::test_mended_strictly", "tests/test_calc.py::TestGroup::test_bad"};
  return kNames;
}

TEST_CASE("pytest: 15 tests, one of which passes and cannot be closed") {
  constexpr Counts kCounts = {6, 8, 1};
  for (const char* file : {"runs/pytest-verbose.txt", "runs/pytest-v-rA.txt", "runs/pytest-color.txt",
                           "reports/pytest-xunit1.xml", "reports/pytest-xunit2.xml"}) {
    check_all(file, kCounts, pytest_failures());
  }
  for (const char* file : {"runs/pytest-plain.txt", "runs/pytest-short.txt", "runs/pytest-rA.txt"}) {
    check_failing(file, kCounts, pytest_failures());
  }
}

TEST_CASE("pytest: a file that cannot be imported is a failure by its name") {
  check_all("runs/pytest-collect.txt", {0, 1, 0}, {"test_broken.py"});
  check_all("reports/pytest-collect.xml", {0, 1, 0}, {"test_broken.py"});
}

TEST_CASE("unittest: subtests are parts of one test, a fixture of a class is one that fails") {
  const Names failed = {"test_unit.Calc.test_add", "test_unit.Calc.test_error", "test_unit.Calc.test_mended",
                        "test_unit.Calc.test_parts", "test_unit.Closed.setUpClass"};
  check_all("runs/unittest-verbose.txt", {3, 5, 1}, failed);
  check_failing("runs/unittest-plain.txt", {3, 5, 1}, failed);
  check_all("runs/unittest-broken.txt", {0, 1, 0}, {"unittest.loader._FailedTest.test_broken"});
  check_all("reports/xmlrunner.xml", {3, 4, 1},
            {"test_unit.Calc.test_add", "test_unit.Calc.test_error", "test_unit.Calc.test_mended",
             "test_unit.Calc.test_parts (n=1)"});
}

TEST_CASE("ctest: what tests print counts for nothing, a repeated test once") {
  const Names failed = {"adds numbers, one by one", "throws", "google", "crashes", "hangs", "nothing"};
  for (const char* file : {"runs/ctest-plain.txt", "runs/ctest-on-failure.txt", "runs/ctest-verbose.txt",
                           "runs/ctest-repeat.txt"}) {
    check_all(file, {2, 6, 2}, failed);
  }
  // The report calls a program that is missing skipped.
  check_all("reports/ctest-full.xml", {2, 5, 3},
            {"adds numbers, one by one", "throws", "google", "crashes", "hangs"});
}

TEST_CASE("Catch2") {
  check_all("reports/catch2-junit.xml", {4, 3, 0}, {"adds numbers, one by one", "sections/two", "throws"});
  check_all("reports/catch2-xml.xml", {3, 3, 0}, {"adds numbers, one by one", "sections", "throws"});
  // These show failures that were expected like others, and do not say which ones were.
  check_counts("runs/catch2-console.txt", {3, 3, 0});
  check_counts("runs/catch2-compact.txt", {0, 3, 0});
  check_counts("runs/catch2-passes.txt", {1, 0, 0});
}

TEST_CASE("GoogleTest: disabled tests are skipped ones") {
  const Names failed = {"Calc.Adds", "Calc.Throws", "Some/Rows.Doubles/1"};
  check_failing("runs/gtest-console.txt", {2, 3, 2}, failed);
  check_all("reports/gtest-full.xml", {2, 3, 2}, failed);
  check_all("reports/gtest-full.json", {2, 3, 2}, failed);
  // A test printed a line like GoogleTest's, which only the tally gives away here.
  check_counts("runs/gtest-brief.txt", {2, 3, 2});
}

TEST_CASE("go test: a package that does not build is a failure, one without failures a pass") {
  const Names parts = {"example.org/calc/calc.TestAdd/1_and_1", "example.org/calc/calc.TestNamed",
                       "example.org/calc/panics.TestPanics", "example.org/calc/broken"};
  Names failed = parts;
  failed.insert("example.org/calc/calc.TestAdd");
  for (const auto& [file, counts] : {std::pair<const char*, Counts>{"runs/go-verbose.txt", {4, 5, 1}},
                                     {"runs/go-plain.txt", {1, 5, 0}},
                                     {"runs/go.jsonl", {4, 5, 1}}}) {
    INFO(file);
    const TestReport report = read(file);
    CHECK(report.passed == counts.passed);
    CHECK(report.failed == counts.failed);
    CHECK(report.skipped == counts.skipped);
    CHECK(names(report, TestCase::Outcome::failed) == failed);
    CHECK(names_of_problems(report) == parts);  // a test whose parts fail is told by them
  }
}

TEST_CASE("gotestsum") {
  Names failed = {"calc.TestAdd/1_and_1", "calc.TestAdd", "calc.TestNamed", "calc.TestZero",
                  "panics.TestPanics"};
  check_failing("runs/gotestsum-console.txt", {3, 7, 1}, failed);
  check_failing("runs/gotestsum-testname.txt", {3, 7, 1}, failed);
  Names with_package;
  for (const std::string& name : failed) {
    with_package.insert("example.org/calc/" + name);
  }
  check_all("reports/gotestsum.xml", {3, 5, 1}, with_package);
}

TEST_CASE("cargo test: the crate's tests, the ones beside it and those in its documentation") {
  const Names failed = {"tests::adds", "tests::panics", "tests::returns", "src/lib.rs - add (line 3)"};
  check_all("runs/cargo-test.txt", {3, 4, 1}, failed);
  check_all("runs/cargo-test-1.95.txt", {3, 4, 1}, failed);
  check_all("runs/cargo-backtrace.txt", {1, 3, 1}, {"tests::adds", "tests::panics", "tests::returns"});
}

TEST_CASE("Jest: a file that does not load is a failure") {
  const Names failed = {"calc › sums › adds", "calc › adds 2 and 2", "calc › throws (a lot)"};
  const auto with = [&](const std::string& file) {
    Names all = failed;
    all.insert(file);
    return all;
  };
  check_all("runs/jest-verbose.txt", {3, 4, 2}, with("jest/broken.test.js"));
  check_failing("runs/jest-plain.txt", {3, 4, 2}, with("jest/broken.test.js"));
  check_all("runs/jest-one-verbose.txt", {2, 3, 2}, failed);
  check_all("runs/jest-one.txt", {1, 0, 0}, {});
  check_all("reports/jest.json", {3, 4, 2}, with("/app/broken.test.js"));
  check_all("runs/npm-jest-json.txt", {3, 4, 2}, with("/app/broken.test.js"));
  // jest-junit writes a test to be done later as one that passed, and no file that does not load.
  check_all("reports/jest-junit-full.xml", {4, 3, 1},
            {"calc sums adds", "calc adds 2 and 2", "calc throws (a lot)"});
}

TEST_CASE("Vitest") {
  const Names tests = {"calc > sums > adds", "calc > adds 2 and 2", "calc > throws (a lot)"};
  Names failed = tests;
  failed.insert("broken.test.js");
  check_failing("runs/vitest-verbose.txt", {3, 4, 2}, failed);
  check_failing("runs/vitest-plain.txt", {3, 4, 2}, failed);
  for (const char* file : {"reports/vitest-junit.xml", "reports/vitest.tap", "reports/vitest-flat.tap"}) {
    check_all(file, {3, 4, 2}, failed);
  }
  failed = tests;
  failed.insert("/app/broken.test.js");
  check_all("reports/vitest.json", {3, 4, 2}, failed);
}

TEST_CASE("Mocha: a hook that fails is a failure") {
  const Names failed = {"calc adds - with a dash", "calc throws", "calc sums adds",
                        "hooks \"before all\" hook for \"never runs\""};
  for (const char* file : {"runs/mocha-spec.txt", "runs/mocha-json.txt", "runs/mocha-xunit.txt",
                           "runs/mocha-tap.txt", "reports/mocha.tap"}) {
    check_all(file, {1, 4, 2}, failed);
  }
  check_failing("runs/mocha-dot.txt", {1, 4, 2}, failed);
}

TEST_CASE("node:test: it counts a test with subtests as one, a suite not") {
  const Names leaves = {"calc > sums > adds # all", "calc > throws", "parent > second"};
  Names failed = leaves;
  failed.insert("parent");
  check_all("reports/node.tap", {2, 4, 2}, failed);
  check_failing("runs/node-spec.txt", {2, 4, 2}, leaves);  // there a parent looks like a suite
  check_all("reports/node-junit.xml", {2, 3, 2}, leaves);  // and here, too
}

TEST_CASE("Maven, Gradle and Ant; a test that passed when it was run again has passed") {
  const Names calc = {"app.CalcTest.adds", "app.CalcTest.breaks"};
  Names failed = calc;
  failed.insert("app.FlakyTest.flickers");
  check_failing("runs/maven.txt", {2, 3, 1}, failed);
  check_failing("runs/maven-rerun.txt", {3, 2, 1}, calc);
  check_failing("runs/gradle.txt", {2, 3, 1}, failed);
  check_counts("runs/ant-console.txt", {2, 3, 1});
  for (const char* file :
       {"reports/surefire.xml", "reports/surefire-rerun.xml", "reports/gradle.xml", "reports/ant.xml"}) {
    check_all(file, {1, 2, 1}, calc);
  }
  check_all("reports/surefire-flaky.xml", {2, 0, 0}, {});
}

TEST_CASE("places and comparisons come along") {
  const auto check = [](const std::string& file, const std::string& name, const std::string& place,
                        const std::string& expected, const std::string& actual) {
    INFO(file << ": " << name);
    const TestReport report = read(file);
    const auto problem = std::ranges::find_if(
        report.problems, [&](const Problem& other) { return other.test && other.test->name == name; });
    REQUIRE(problem != report.problems.end());
    CHECK(problem->path + ":" + std::to_string(problem->range.start.line + 1) == place);
    CHECK(problem->test->expected == expected);
    CHECK(problem->test->actual == actual);
    CHECK(!problem->message.empty());
  };
  check("runs/pytest-plain.txt", "tests/test_calc.py::test_add[1-1-2]", "tests/test_calc.py:22", "2", "0");
  check("runs/pytest-v-rA.txt", "tests/test_calc.py::test_add[1-1-2]", "tests/test_calc.py:1", "2", "0");
  check("runs/unittest-plain.txt", "test_unit.Calc.test_add", "/app/test_unit.py:12", "2", "0");
  check("runs/ctest-on-failure.txt", "adds numbers, one by one", "/app/test.cpp:12", "2", "0");
  check("runs/ctest-verbose.txt", "google", "/app/gt.cpp:9", "2", "0");
  check("reports/ctest-full.xml", "google", "/app/gt.cpp:9", "2", "0");
  check("runs/gtest-console.txt", "Some/Rows.Doubles/1", "/app/gt.cpp:16", "6", "0");
  check("reports/gtest-full.json", "Some/Rows.Doubles/1", "/app/gt.cpp:16", "6", "0");
  check("reports/catch2-xml.xml", "sections", "/app/test.cpp:17", "2", "-2");
  check("runs/go-plain.txt", "example.org/calc/calc.TestNamed", "calc_test.go:30", "", "");
  check("runs/go-verbose.txt", "example.org/calc/panics.TestPanics", "/app/panics/panics_test.go:9", "", "");
  check("reports/gotestsum.xml", "example.org/calc/calc.TestAdd/1_and_1", "calc_test.go:20", "", "");
  check("runs/cargo-test.txt", "tests::adds", "src/lib.rs:23", "2", "0");
  check("runs/cargo-test-1.95.txt", "tests::adds", "src/lib.rs:23", "2", "0");
  check("runs/jest-plain.txt", "calc › sums › adds", "calc.test.js:11", "2", "0");
  check("reports/jest.json", "calc › sums › adds", "/app/calc.test.js:11", "2", "0");
  check("runs/vitest-plain.txt", "calc > sums > adds", "calc.test.js:12", "", "");
  check("reports/vitest.tap", "calc > sums > adds", "/app/calc.test.js:12", "2", "0");
  check("runs/mocha-spec.txt", "calc sums adds", "mocha/calc.js:12", "", "");
  check("runs/mocha-json.txt", "calc sums adds", "mocha/calc.js:12", "2", "0");
  check("reports/node.tap", "calc > sums > adds # all", "/app/node/calc.test.mjs:13", "2", "0");
  check("runs/node-spec.txt", "parent > second", "/app/node/calc.test.mjs:25", "", "");
  check("runs/maven.txt", "app.CalcTest.adds", "CalcTest.java:11", "2", "0");
  check("runs/gradle.txt", "app.CalcTest.adds", "CalcTest.java:11", "", "");
  check("reports/gradle.xml", "app.CalcTest.adds", "CalcTest.java:11", "2", "0");
}

}  // namespace
}  // namespace autofix::problems
