// What one run of tests or tools said, whatever it was written as: a report file or a command's output.
#pragma once

#include <string>
#include <vector>

#include "server/problems/problem.h"

namespace autofix::problems {

/// One test and how it ended. An error counts as failed, and so does a file or package that could not be run
/// (it is then the test's name). A test that was expected to fail and did counts as passed, one to be done
/// later as skipped.
struct TestCase {
  enum class Outcome { passed, failed, skipped };
  /// Spelled like TestFailure::name, and alike in every format of a framework as far as the formats say
  /// enough: `tests/test_x.py::TestGroup::test_y` (pytest), `module.Class.test_y` (unittest),
  /// `example.org/pkg.TestX/part` (Go), `tests::adds` (cargo, nextest), `Suite.Test` (GoogleTest),
  /// `app.CalcTest.adds` (Java), `a › b › test` (Jest), `a > b > test` (Vitest, node:test), `a b test`
  /// (Mocha).
  std::string name;
  Outcome outcome = Outcome::passed;
};

/// The tallies are exact even where the report does not name each test.
struct TestReport {
  std::vector<TestCase> tests;  ///< those that the report names, in its order
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  bool only_status = false;       ///< no runner spoke: the tallies are one exit status
  std::vector<Problem> problems;  ///< one for each failure or error, and the diagnostics that tools printed
};

}  // namespace autofix::problems
