// What summary lines alone say, and what they must not be taken for.
#include "server/problems/readers.h"
#include "tests/support/catch.h"

namespace autofix::problems {
namespace {

void check(const std::string& output, int failed, int passed, int status = 1, int skipped = 0) {
  INFO(output.substr(0, 300));
  const TestReport report = read_output(output, status);
  CHECK(report.failed == failed);
  CHECK(report.passed == passed);
  CHECK(report.skipped == skipped);
}

TEST_CASE("summaries: pytest") {
  check("===== 3 passed in 0.12s =====\n", 0, 3, 0);
  check("=== 1 failed, 3 passed, 1 error in 0.12s ===", 2, 3);
  check("1 failed, 2 passed, 2 errors, 4 skipped, 1 xfailed, 1 warning in 61.20s (0:01:01)\n", 3, 3, 1, 4);
  check("F..\n\x1b[31m\x1b[1m1 failed\x1b[0m, \x1b[32m2 passed\x1b[0m\x1b[31m in 0.02s\x1b[0m\n", 1, 2);
  check("=== no tests ran in 0.01s ===", 0, 0, 5);
  check("2 passed in 0.01s\r\n1 failed, 1 passed in 0.02s\r\n", 1, 3);
  check("we waited 3 passed in the hall\n", 1, 0);
  check("======= 2 failed in 99999999999999999999999s =======", 2, 0);
}

TEST_CASE("summaries: ctest") {
  check("90% tests passed, 1 tests failed out of 10\n", 1, 9, 8);
  check("100% tests passed, 0 tests failed out of 7\n\nTotal Test time (real) =   0.10 sec", 0, 7, 0);
  check("test cases: 3 | 2 passed | 1 failed\n50% tests passed, 1 tests failed out of 2\n", 1, 1, 8);
}

TEST_CASE("summaries: Catch2") {
  check("All tests passed (4 assertions in 2 test cases)\n", 0, 2, 0);
  check("All tests passed (1 assertion in 1 test case)\n", 0, 1, 0);
  check("test cases: 3 | 2 passed | 1 failed\nassertions: 9 | 8 passed | 1 failed\n", 1, 2);
  check("test cases:  12 |  10 passed | 1 failed | 1 failed as expected\n", 1, 11);
  check("test cases: 1 | 1 failed\n", 1, 0);
  check("\x1b[1;31mtest cases: \x1b[0m2 | \x1b[32m1 passed\x1b[0m | \x1b[31m1 failed\x1b[0m\n", 1, 1);
  check("Passed all 6 test cases with 8 assertions.\n", 0, 6, 0);
  check("Failed both 2 test cases, failed both 2 assertions.\n", 2, 0);
}

TEST_CASE("summaries: go test") {
  check("=== RUN   TestA\n--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\nFAIL\nFAIL\tx/y\t0.01s\n", 1, 1);
  check("ok  \tx/y\t0.003s\nok  \tx/z\t(cached)\n", 0, 2, 0);
  check("--- FAIL: TestB (0.00s)\n    b_test.go:7: no\nFAIL\nFAIL\tx/y\t0.01s\nok  \tx/z\t0.01s\n", 1, 1);
  check("FAIL\tx/y [build failed]\nFAIL\n", 1, 0, 2);
  check("--- PASS: TestA (0.00s)\n    --- PASS: TestA/one (0.00s)\nok  \tx/y\t0.01s\n", 0, 2, 0);
  check("ok  \tx/y\t0.003s [no tests to run]\n?   \tx/z\t[no test files]\n", 0, 0, 0);
}

TEST_CASE("summaries: cargo test") {
  check(
      "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n"
      "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n",
      2, 5, 101, 1);
}

TEST_CASE("summaries: Jest") {
  check("Test Suites: 1 failed, 1 total\nTests:       1 failed, 2 passed, 3 total\nTime:        0.5 s\n", 1,
        2);
  check("Tests:       1 skipped, 4 passed, 5 total\n", 0, 4, 0, 1);
}

TEST_CASE("summaries: unittest") {
  check("Ran 3 tests in 0.001s\n\nOK\n", 0, 3, 0);
  check("Ran 1 test in 0.001s\n\nFAILED (failures=1)\n", 1, 0);
  check("Ran 5 tests in 0.001s\n\nFAILED (failures=1, errors=1, skipped=1)\n", 2, 2, 1, 1);
  check("Ran 5 tests in 0.001s\n\nOK (skipped=1, expected failures=2)\n", 0, 4, 0, 1);
  check("Ran 4 tests in 0.001s\n\nFAILED (expected failures=1, failures=2)\n", 2, 2);
  check("Ran 2 tests in 0.001s\n\nFAILED (unexpected successes=1)\n", 1, 1);
  check("Ran 0 tests in 0.001s\n\nFAILED (errors=1)\n", 1, 0);  // setUpModule
}

// The shape is cargo-nextest's as its documentation shows it: nextest could not be installed to record a run.
TEST_CASE("summaries: nextest") {
  const std::string run =
      "    Starting 3 tests across 1 binary (1 test skipped)\n"
      "        PASS [   0.003s] calc tests::zero\n"
      "        FAIL [   0.004s] calc tests::adds\n"
      "        PASS [   0.004s] calc::whole whole\n"
      "     Summary [   0.005s] 3 tests run: 2 passed, 1 failed, 1 skipped\n"
      "        FAIL [   0.004s] calc tests::adds\n";
  check(run, 1, 2, 100, 1);
  const TestReport report = read_output(run, 100);
  REQUIRE(report.tests.size() == 3);
  CHECK(report.tests[1].name == "tests::adds");
  const ReadReport xml = read_junit(
      R"(<testsuites name="nextest-run" tests="2" failures="1" errors="0"><testsuite name="calc" tests="2" failures="1">
      <testcase name="tests::adds" classname="calc"><failure type="test failure">thread 'tests::adds' panicked at src/lib.rs:5:9:
assertion failed</failure></testcase><testcase name="tests::zero" classname="calc"/></testsuite></testsuites>)");
  REQUIRE(xml);
  CHECK(xml->tests[0].name == "tests::adds");
  CHECK(xml->tests[1].name == "tests::zero");
  CHECK(xml->failed == 1);
}

TEST_CASE("runs of several runners add up, and so do those of one") {
  const std::string go = "--- FAIL: TestB (0.00s)\n    b_test.go:7: no\nFAIL\nFAIL\tx/y\t0.01s\n";
  const std::string unit = std::string(70, '-') + "\nRan 3 tests in 0.001s\n\nOK\n";
  const std::string cargo =
      "running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored\n";
  check(go + unit + cargo, 1, 4);
  check(cargo + cargo, 0, 2, 0);
}

TEST_CASE("without a known runner the exit status counts") {
  check("", 0, 1, 0);
  check("a.cpp:1:1: error: expected ';'\n", 1, 0, 1);
  check("", 1, 0, 139);
  check(std::string(1'000'000, '9') + " passed in 1s", 0, 100'000'000, 0);  // bounded, not overflown
  check("Tests:\ntest cases:\ntest result: \nRan \n% tests passed, \nAll tests passed (\n", 1, 0);
}

TEST_CASE("TAP: plans, directives, subtests, what breaks off") {
  const auto tap = [](const std::string& text, int passed, int failed, int skipped) {
    INFO(text);
    const ReadReport report = read_tap(text);
    REQUIRE(report);
    CHECK(report->passed == passed);
    CHECK(report->failed == failed);
    CHECK(report->skipped == skipped);
  };
  tap("1..3\nok 1 - a\nnot ok 2 - b\nok 3 # SKIP later\n", 1, 1, 1);
  tap("TAP version 14\nok\nnot ok\n1..2\n", 1, 1, 0);
  tap("1..2\nok 1\nnot ok 2 - x # todo some day\n", 1, 0, 1);
  tap("1..3\nok 1\n", 1, 2, 0);
  tap("1..1\nok 1\nok 2\n", 2, 1, 0);
  tap("1..2\nok 2 - b\nok 1 - a\n", 2, 0, 0);
  tap("1..2\nok 1\nnot ok 9 - printed\nok 2\n", 2, 0, 0);
  tap("1..0 # SKIP nothing here\n", 0, 0, 0);
  tap("1..2\nok 1\nok 2\nBail out! no disk\n", 2, 1, 0);
  tap("TAP version 14\n1..1\n# Subtest: g\n    1..2\n    ok 1 - a\n    not ok 2 - b\nnot ok 1 - g\n", 1, 1,
      0);
  tap("1..1\nok 1 - y\n  ---\n  not ok 2 - in YAML\n  ...\n", 1, 0, 0);
  for (const char* bad : {"", "hello\n", "TAP version 13\n", "ok 1\nok 2\n"}) {
    INFO(bad);
    const ReadReport report = read_tap(bad);
    REQUIRE(!report);
    CHECK(!report.error().message.empty());
  }
}

}  // namespace
}  // namespace autofix::problems
