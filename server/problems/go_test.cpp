#include "server/problems/go_test.h"

#include "server/problems/console_run.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

/// Whether a subtest of it failed too, which tells more than its parent does.
bool has_failing_part(const std::map<std::string, GoTest>& tests, const std::string& name) {
  const std::string prefix = name + "/";
  for (auto test = tests.lower_bound(prefix); test != tests.end() && test->first.starts_with(prefix);
       ++test) {
    if (test->second.outcome == Outcome::failed) return true;
  }
  return false;
}

}  // namespace

Problem go_failure(std::string name, std::string_view text) {
  Problem problem = failure_named(std::move(name), "go");
  std::string panic;
  for (const std::string_view line : lines_of(text)) {
    std::string_view rest = trimmed(line);
    if (panic.empty() && rest.starts_with("panic: ")) panic = rest;
    const auto location = take_location(rest);
    if (!location || !location->path.ends_with(".go") || !location->rest.starts_with(": ")) continue;
    problem.path = location->path;
    problem.range = line_start(location->line);
    problem.message = trimmed(location->rest.substr(2));
    // t.Log comes first where a test logs; the last line is the one that ended it.
  }
  if (!panic.empty()) problem.message = panic;
  return problem;
}

TestReport go_package(const std::string& package, std::map<std::string, GoTest> tests,
                      const std::vector<std::string>& order, Outcome outcome, bool is_empty) {
  TestReport report;
  const auto add = [&](const std::string& name, const GoTest& test, Outcome how) {
    std::string full = package + "." + name;
    if (how == Outcome::failed && !has_failing_part(tests, name)) {
      Problem problem = go_failure(full, test.text);
      problem.test->class_name = package;
      add_failure(report, std::move(problem), test.text);
    }
    add_test(report, std::move(full), how);
  };
  for (const std::string& name : order) add(name, tests.at(name), *tests.at(name).outcome);
  // Announced and never ended: what brought the package down.
  for (const auto& [name, test] : tests) {
    if (!test.outcome && test.is_announced) add(name, test, Outcome::failed);
  }
  const bool failed_alone = outcome == Outcome::failed && report.failed == 0;
  if (failed_alone) {
    Problem problem = failure_named(package, "go");
    problem.message = "the package's tests did not build, or ended early";
    add_failure(report, std::move(problem), {});
  }
  if (failed_alone || (report.tests.empty() && outcome == Outcome::passed && !is_empty)) {
    add_test(report, package, outcome);
  }
  return report;
}

}  // namespace autofix::problems
