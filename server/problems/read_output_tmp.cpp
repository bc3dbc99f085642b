#include "server/problems/readers.h"

namespace autofix::problems {

TestReport read_output(std::string_view output, int exit_status) {
  TestReport report;
  report.problems = read_run_output(output, exit_status, "");
  for (const Problem& problem : report.problems) {
    if (problem.test) {
      report.tests.push_back({problem.test->name, TestCase::Outcome::failed});
      ++report.failed;
    }
  }
  return report;
}

}  // namespace autofix::problems
