// Test reports in JSON: Jest and Vitest (`--json`, `--reporter=json`), Mocha, GoogleTest, `go test -json`.
#include <map>
#include <nlohmann/json.hpp>
#include <optional>

#include "server/problems/console_run.h"
#include "server/problems/failure_text.h"
#include "server/problems/go_test.h"
#include "server/problems/json_report.h"
#include "server/problems/json_shape.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"
#include "server/text/json.h"

namespace autofix::problems {
namespace {

using nlohmann::json;

std::string text_of(JsonShape& shape, const json& parent, const char* key) {
  return printable(shape.string(parent, key).value_or(""));
}

// Jest, Vitest
// ---------------------------------------------------------------------------------------------------------

Outcome outcome_of(std::string_view status) {
  if (status == "passed") return Outcome::passed;
  if (status == "failed") return Outcome::failed;
  return Outcome::skipped;  // pending, skipped, todo, disabled
}

void read_assertion(const json& test, std::string_view file, bool is_jest, TestReport& report,
                    JsonShape& shape) {
  std::string name;
  for (const json& title : shape.array(test, "ancestorTitles")) {
    if (title.is_string() && !title.get_ref<const std::string&>().empty()) {
      name += printable(title.get_ref<const std::string&>()) + (is_jest ? " › " : " > ");
    }
  }
  name += text_of(shape, test, "title");
  const auto status = shape.string(test, "status");
  if (!status) shape.fail("status is missing");
  const Outcome outcome = outcome_of(status.value_or(""));
  if (outcome == Outcome::failed) {
    std::string text;
    for (const json& message : shape.array(test, "failureMessages")) {
      if (message.is_string()) text += printable(message.get_ref<const std::string&>()) + "\n";
    }
    Problem problem = failure_named(name, is_jest ? "jest" : "vitest");
    problem.message = text.substr(0, text.find('\n'));
    if (const json& location = shape.object(test, "location"); !location.empty()) {
      problem.path = file;
      problem.range = line_start(shape.number(location, "line").value_or(1));
    }
    Problem* added = add_failure(report, std::move(problem), text);
    if (added != nullptr && added->path.empty()) added->path = file;
  }
  add_test(report, std::move(name), outcome);
}

/// A file that does not load is one failure, named by its path.
void read_file(const json& file, bool is_jest, TestReport& report, JsonShape& shape) {
  const std::string path = text_of(shape, file, "name");
  const json& tests = shape.array(file, "assertionResults");
  for (const json& test : tests)
    read_assertion(shape.as_object(test, "a test"), path, is_jest, report, shape);
  if (!tests.empty() || shape.string(file, "status").value_or("") != "failed") return;
  Problem problem = failure_named(path, is_jest ? "jest" : "vitest");
  const std::string text = text_of(shape, file, "message");
  problem.message = trimmed(text).substr(0, trimmed(text).find('\n'));
  problem.path = path;
  add_failure(report, std::move(problem), text);
  add_test(report, path, Outcome::failed);
}

TestReport read_jest(const json& root, JsonShape& shape) {
  TestReport report;
  const bool is_jest = JsonShape::find(root, "numRuntimeErrorTestSuites") != nullptr;
  const json& files = shape.array(root, "testResults");
  for (std::size_t n = 0; n < files.size() && shape.ok(); ++n) {
    shape.enter("test file " + std::to_string(n + 1));
    read_file(shape.as_object(files[n], "the file"), is_jest, report, shape);
  }
  return report;
}

// Mocha
// ---------------------------------------------------------------------------------------------------------

/// `tests` has the tests and `failures` the hooks that failed, too.
TestReport read_mocha(const json& root, JsonShape& shape) {
  TestReport report;
  const auto name_of = [&](const json& test) {
    return text_of(shape, shape.as_object(test, "a test"), "fullTitle");
  };
  for (const json& test : shape.array(root, "passes")) add_test(report, name_of(test), Outcome::passed);
  for (const json& test : shape.array(root, "pending")) add_test(report, name_of(test), Outcome::skipped);
  for (const json& test : shape.array(root, "failures")) {
    const std::string name = name_of(test);
    const json& error = shape.object(test, "err");
    Problem problem = failure_named(name, "mocha");
    const std::string message = text_of(shape, error, "message");
    problem.message = message.substr(0, message.find('\n'));
    if (Problem* added = add_failure(report, std::move(problem), text_of(shape, error, "stack"))) {
      if (added->test->expected.empty() && added->test->actual.empty()) {
        added->test->expected = text_of(shape, error, "expected");
        added->test->actual = text_of(shape, error, "actual");
      }
      if (added->path.empty()) added->path = text_of(shape, test, "file");
    }
    add_test(report, name, Outcome::failed);
  }
  return report;
}

// GoogleTest
// ---------------------------------------------------------------------------------------------------------

void read_google_test(const json& test, TestReport& report, JsonShape& shape) {
  const std::string name = text_of(shape, test, "classname") + "." + text_of(shape, test, "name");
  const json& failures = shape.array(test, "failures");
  Outcome outcome = failures.empty() ? Outcome::passed : Outcome::failed;
  const bool ran = shape.string(test, "status").value_or("RUN") != "NOTRUN";
  if (!ran || shape.string(test, "result").value_or("") == "SKIPPED") outcome = Outcome::skipped;
  if (outcome == Outcome::failed) {
    Problem problem = failure_named(name, "googletest");
    const std::string text = text_of(shape, failures.front(), "failure");
    const std::size_t newline = text.find('\n');
    if (newline != std::string::npos) problem.message = text.substr(newline + 1);
    read_google_comparison(problem.message, *problem.test);
    add_failure(report, std::move(problem), text);
  }
  add_test(report, name, outcome);
}

TestReport read_google(const json& root, JsonShape& shape) {
  TestReport report;
  for (const json& suite : shape.array(root, "testsuites")) {
    for (const json& test : shape.array(suite, "testsuite")) {
      if (!shape.ok()) return report;
      read_google_test(shape.as_object(test, "a test"), report, shape);
    }
  }
  return report;
}

// Go
// ---------------------------------------------------------------------------------------------------------

struct GoPackage {
  std::map<std::string, GoTest> tests;
  std::vector<std::string> order;
  bool is_empty = false;
};

/// What `go test` adds of its own around a test's output.
bool is_frame(std::string_view text) {
  const std::string_view line = trimmed(text);
  return line.starts_with("=== ") || line.starts_with("--- ");
}

class GoEvents {
 public:
  void take(const json& event, JsonShape& shape) {
    const std::string action = shape.string(event, "Action").value_or("");
    const std::string package = text_of(shape, event, "Package");
    const auto test = shape.string(event, "Test");
    if (package.empty()) return;
    GoPackage& now = packages_[package];
    std::optional<Outcome> outcome;
    if (action == "pass") outcome = Outcome::passed;
    if (action == "fail") outcome = Outcome::failed;
    if (action == "skip") outcome = Outcome::skipped;
    const std::string output = text_of(shape, event, "Output");
    if (!test) {
      if (contains(output, "[no tests to run]")) now.is_empty = true;
      if (outcome && outcome != Outcome::skipped) end(package, *outcome);
      return;
    }
    GoTest& one = now.tests[printable(*test)];
    one.is_announced = true;
    if (outcome && !one.outcome) now.order.push_back(printable(*test));
    if (outcome) one.outcome = outcome;
    if (!is_frame(output) && one.text.size() < kMostGoText) one.text += output;
    // Behind words without a newline, `go test` of before 1.20 misses the end.
    if (!one.outcome && contains(output, "--- PASS: " + *test + " (")) {
      one.outcome = Outcome::passed;
      now.order.push_back(printable(*test));
    }
  }

  /// A package whose build failed has no event of its own before Go 1.24.
  TestReport report() {
    while (!packages_.empty()) {
      const std::string package = packages_.begin()->first;
      end(package, Outcome::failed);
    }
    return std::move(report_);
  }

 private:
  void end(const std::string& package, Outcome outcome) {
    GoPackage& now = packages_[package];
    append(report_, go_package(package, std::move(now.tests), now.order, outcome, now.is_empty));
    packages_.erase(package);
  }

  std::map<std::string, GoPackage> packages_;
  TestReport report_;
};

}  // namespace

std::optional<ReadReport> read_test_json(const json& root) {
  JsonShape shape;
  TestReport report;
  if (JsonShape::find(root, "testResults") != nullptr) {
    report = read_jest(root, shape);
  } else if (JsonShape::find(root, "stats") != nullptr && JsonShape::find(root, "failures") != nullptr) {
    report = read_mocha(root, shape);
  } else if (JsonShape::find(root, "testsuites") != nullptr) {
    report = read_google(root, shape);
  } else {
    return std::nullopt;
  }
  if (!shape.ok()) return tl::unexpected(ReadError{"test report: " + shape.error()});
  return report;
}

ReadReport read_go_json(std::string_view content) {
  GoEvents events;
  JsonShape shape;
  std::string other;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(content)) {
    ++number;
    if (!line.starts_with('{')) {  // what the compiler says, and packages that did not build
      other += std::string(line) + "\n";
      continue;
    }
    const auto event = text::parse_json(line);
    if (!event) return tl::unexpected(ReadError{"line " + std::to_string(number) + ": " + event.error()});
    shape.enter("line " + std::to_string(number));
    events.take(*event, shape);
    if (!shape.ok()) return tl::unexpected(ReadError{shape.error()});
  }
  TestReport report = events.report();
  const std::string text = printable(other);
  for (ConsoleRun& run : go_runs(Output(text))) append(report, std::move(run.report));
  return report;
}

}  // namespace autofix::problems
