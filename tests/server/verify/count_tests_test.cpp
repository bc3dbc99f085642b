#include "server/verify/count_tests.h"

#include "tests/support/catch.h"

namespace autofix::verify {
namespace {

using End = CommandResult::End;

void check(const std::string& output, int failed, int passed, int status = 1, End end = End::exited) {
  INFO(output.substr(0, 300));
  const fix::RunCounts counts = count_tests({end, status, output});
  CHECK(counts.failed == failed);
  CHECK(counts.passed == passed);
}

TEST_CASE("pytest") {
  check("===== 3 passed in 0.12s =====\n", 0, 3, 0);
  check("=== 1 failed, 3 passed, 1 error in 0.12s ===", 2, 3);
  check("1 failed, 2 passed, 2 errors, 4 skipped, 1 xfailed, 1 warning in 61.20s (0:01:01)\n", 3, 2);
  check("F..\n\x1b[31m\x1b[1m1 failed\x1b[0m, \x1b[32m2 passed\x1b[0m\x1b[31m in 0.02s\x1b[0m\n", 1, 2);
  check("=== no tests ran in 0.01s ===", 0, 0, 5);
  check("2 passed in 0.01s\r\n1 failed, 1 passed in 0.02s\r\n", 1, 3);
  check("we waited 3 passed in the hall\n", 1, 0);
  check("======= 2 failed in 99999999999999999999999s =======", 2, 0);
}

TEST_CASE("ctest") {
  check("90% tests passed, 1 tests failed out of 10\n", 1, 9, 8);
  check("100% tests passed, 0 tests failed out of 7\n\nTotal Test time (real) =   0.10 sec", 0, 7, 0);
  check("test cases: 3 | 2 passed | 1 failed\n50% tests passed, 1 tests failed out of 2\n", 1, 1, 8);
}

TEST_CASE("Catch2") {
  check("All tests passed (4 assertions in 2 test cases)\n", 0, 2, 0);
  check("All tests passed (1 assertion in 1 test case)\n", 0, 1, 0);
  check("test cases: 3 | 2 passed | 1 failed\nassertions: 9 | 8 passed | 1 failed\n", 1, 2);
  check("test cases:  12 |  10 passed | 1 failed | 1 failed as expected\n", 1, 10);
  check("test cases: 1 | 1 failed\n", 1, 0);
  check("\x1b[1;31mtest cases: \x1b[0m2 | \x1b[32m1 passed\x1b[0m | \x1b[31m1 failed\x1b[0m\n", 1, 1);
}

TEST_CASE("go test") {
  check("=== RUN   TestA\n--- PASS: TestA (0.00s)\n--- FAIL: TestB (0.00s)\nFAIL\nFAIL\tx/y\t0.01s\n", 1, 1);
  check("ok  \tx/y\t0.003s\nok  \tx/z\t(cached)\n", 0, 2, 0);
  check("--- FAIL: TestB (0.00s)\n    b_test.go:7: no\nFAIL\nFAIL\tx/y\t0.01s\nok  \tx/z\t0.01s\n", 1, 1);
  check("FAIL\tx/y [build failed]\nFAIL\n", 1, 0, 2);
  check("--- PASS: TestA (0.00s)\n    --- PASS: TestA/one (0.00s)\nok  \tx/y\t0.01s\n", 0, 2, 0);
}

TEST_CASE("cargo test") {
  check(
      "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n"
      "test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s\n",
      2, 5, 101);
}

TEST_CASE("jest") {
  check("Test Suites: 1 failed, 1 total\nTests:       1 failed, 2 passed, 3 total\nTime:        0.5 s\n", 1,
        2);
  check("Tests:       1 skipped, 4 passed, 5 total\n", 0, 4, 0);
}

TEST_CASE("unittest") {
  check("Ran 3 tests in 0.001s\n\nOK\n", 0, 3, 0);
  check("Ran 1 test in 0.001s\n\nFAILED (failures=1)\n", 1, 0);
  check("Ran 5 tests in 0.001s\n\nFAILED (failures=1, errors=1, skipped=1)\n", 2, 2);
  check("Ran 5 tests in 0.001s\n\nOK (skipped=1, expected failures=2)\n", 0, 2, 0);
  check("Ran 4 tests in 0.001s\n\nFAILED (expected failures=1, failures=2)\n", 2, 1);
  check("Ran 2 tests in 0.001s\n\nFAILED (unexpected successes=1)\n", 1, 1);
  check("Ran 0 tests in 0.001s\n\nFAILED (errors=1)\n", 1, 0);  // setUpModule
}

TEST_CASE("without a known runner the exit status counts") {
  check("", 0, 1, 0);
  check("a.cpp:1:1: error: expected ';'\n", 1, 0, 1);
  check("", 1, 0, 11, End::signalled);
  check("", 1, 0, 0, End::timed_out);
  check("", 1, 0, 0, End::cancelled);
  check(std::string(1'000'000, '9') + " passed in 1s", 0, 100'000'000, 0);  // bounded, not overflown
  check("Tests:\ntest cases:\ntest result: \nRan \n% tests passed, \nAll tests passed (\n", 1, 0);
}

}  // namespace
}  // namespace autofix::verify
