// What one run of tests or tools said, whatever it was written as: a report file or a command's output.
#pragma once

#include <string>
#include <vector>

#include "server/problems/problem.h"

namespace autofix::problems {

/// One test and how it ended. An error counts as failed, a test that was expected to fail and did as passed.
struct TestCase {
  enum class Outcome { passed, failed, skipped };
  std::string name;  ///< spelled like TestFailure::name
  Outcome outcome = Outcome::passed;
};

/// The tallies are exact even where the report does not name each test.
struct TestReport {
  std::vector<TestCase> tests;  ///< those that the report names, in its order
  int passed = 0;
  int failed = 0;
  int skipped = 0;
  std::vector<Problem> problems;  ///< one for each failure or error, and the diagnostics that tools printed
};

}  // namespace autofix::problems
