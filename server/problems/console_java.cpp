// Console output of Maven's surefire, Gradle and Ant's junit task. Tests are named `package.Class.method`.
#include <algorithm>
#include <optional>
#include <unordered_set>

#include "server/problems/console_run.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

/// Takes Maven's `[ERROR] ` and its like off.
bool take_level(std::string_view& text) {
  return take_prefix(text, "[INFO] ") || take_prefix(text, "[ERROR] ") || take_prefix(text, "[WARNING] ");
}

struct Counts {
  Tally tally;
  std::string_view rest;
};

/// `Tests run: 6, Failures: 2, Errors: 1, Skipped: 1`
std::optional<Counts> counts_of(std::string_view text) {
  int run = 0;
  int failures = 0;
  int errors = 0;
  Counts counts;
  if (!take_prefix(text, "Tests run: ") || !take_count(text, run) || !take_prefix(text, ", Failures: ") ||
      !take_count(text, failures) || !take_prefix(text, ", Errors: ") || !take_count(text, errors)) {
    return std::nullopt;
  }
  if (take_prefix(text, ", Skipped: ")) take_count(text, counts.tally.skipped);
  counts.tally.failed = failures + errors;
  counts.tally.passed = run - counts.tally.failed - counts.tally.skipped;
  counts.rest = text;
  return counts;
}

class MavenReader {
 public:
  explicit MavenReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    return std::move(runs_);
  }

 private:
  struct Session {
    bool is_open = false;
    std::size_t first = 0;
    bool in_results = false;
    bool in_flakes = false;
    std::vector<std::string> names;
    std::unordered_set<std::string> known;
    std::unordered_set<std::string> flaky;  ///< failed first and passed when run again
    std::string failed;                     ///< whose stack comes
    std::size_t text = 0;
    std::vector<Problem> problems;
  };

  void line(std::size_t at) {
    std::string_view text = output_.lines[at];
    const bool has_level = take_level(text);
    if (has_level && trimmed(text) == "T E S T S") {
      now_ = {};
      now_.is_open = true;
      now_.first = at;
      return;
    }
    if (!now_.is_open) return;
    if (!has_level) {
      if (trimmed(text).empty()) close_failure(at);
      return;
    }
    close_failure(at);
    if (trimmed(text) == "Results:") now_.in_results = true;
    if (!now_.in_results) return failing(at, text);
    if (text.ends_with(": ") || text.ends_with(':')) now_.in_flakes = trimmed(text) == "Flakes:";
    if (now_.in_flakes && !text.starts_with(' ')) now_.flaky.insert(name_of(trimmed(text)));
    if (const auto counts = counts_of(text)) finish(at, counts->tally);
  }

  /// `adds(app.CalcTest)`, `app.CalcTest.adds`
  static std::string name_of(std::string_view text) {
    const std::size_t open = text.find('(');
    if (open == std::string_view::npos || !text.ends_with(')')) return std::string(text);
    const std::string_view type = text.substr(open + 1, text.size() - open - 2);
    if (!contains(type, ".")) return std::string(text);
    std::string_view method = text.substr(0, open);
    // The list of flakes says both: `app.FlakyTest.flickers(app.FlakyTest)`.
    if (method.starts_with(type)) return std::string(method);
    return std::string(type) + "." + std::string(method);
  }

  /// `adds(app.CalcTest)  Time elapsed: 0 s  <<< FAILURE!`
  void failing(std::size_t at, std::string_view text) {
    const std::size_t elapsed = text.find(" Time elapsed: ");
    if (elapsed == std::string_view::npos ||
        (!text.ends_with("<<< FAILURE!") && !text.ends_with("<<< ERROR!")))
      return;
    std::string_view name = trimmed(text.substr(0, elapsed));
    if (name.ends_with("--")) name = trimmed(name.substr(0, name.size() - 2));
    if (name.starts_with("Tests run:")) return;
    now_.failed = name_of(name);
    now_.text = at + 1;
  }

  void close_failure(std::size_t end) {
    if (now_.failed.empty()) return;
    std::string name = std::move(now_.failed);
    now_.failed.clear();
    if (!now_.known.insert(name).second) return;
    TestReport one;
    Problem problem = failure_named(name, "surefire");
    if (now_.text < end) problem.message = trimmed(output_.lines[now_.text]);
    add_failure(one, std::move(problem), output_.block(now_.text, end));
    now_.names.push_back(std::move(name));
    if (now_.problems.size() < kMostFailures) now_.problems.push_back(std::move(one.problems.front()));
  }

  void finish(std::size_t at, const Tally& tally) {
    ConsoleRun run{now_.first, at + 1, true, {}};
    for (Problem& problem : now_.problems) {
      if (!now_.flaky.contains(problem.test->name)) run.report.problems.push_back(std::move(problem));
    }
    for (std::string& name : now_.names) {
      const Outcome outcome = now_.flaky.contains(name) ? Outcome::passed : Outcome::failed;
      add_test(run.report, std::move(name), outcome);
    }
    settle(run.report, tally);
    runs_.push_back(std::move(run));
    now_ = {};
  }

  const Output& output_;
  ConsoleRuns runs_;
  Session now_;
};

/// `app.CalcTest > adds FAILED`, JUnit 5's `CalcTest > adds() PASSED`
std::optional<TestCase> gradle_test(std::string_view line) {
  const std::size_t sign = line.find(" > ");
  if (sign == std::string_view::npos || sign == 0 || line.front() == ' ') return std::nullopt;
  const std::size_t space = line.rfind(' ');
  const std::string_view word = line.substr(space + 1);
  TestCase test;
  if (word == "FAILED") {
    test.outcome = Outcome::failed;
  } else if (word == "SKIPPED") {
    test.outcome = Outcome::skipped;
  } else if (word != "PASSED") {
    return std::nullopt;
  }
  if (contains(line.substr(0, sign), " ")) return std::nullopt;
  test.name = std::string(line.substr(0, sign)) + "." + std::string(line.substr(sign + 3, space - sign - 3));
  return test;
}

}  // namespace

ConsoleRuns maven_runs(const Output& output) {
  return MavenReader(output).read();
}

ConsoleRuns gradle_runs(const Output& output) {
  ConsoleRuns runs;
  std::optional<std::size_t> first;
  TestReport report;
  for (std::size_t at = 0; at < output.lines.size(); ++at) {
    if (auto test = gradle_test(output.lines[at])) {
      if (!first) first = at;
      if (test->outcome == Outcome::failed) {
        std::size_t end = at + 1;
        while (end < output.lines.size() && !trimmed(output.lines[end]).empty()) ++end;
        Problem problem = failure_named(test->name, "gradle");
        if (at + 1 < end) problem.message = trimmed(output.lines[at + 1]);
        // `java.lang.AssertionError at FlakyTest.java:8`
        const std::size_t place = problem.message.rfind(" at ");
        const auto location = place == std::string::npos
                                  ? std::nullopt
                                  : take_location(std::string_view(problem.message).substr(place + 4));
        if (location) {
          problem.path = location->path;
          problem.range = line_start(location->line);
        }
        add_failure(report, std::move(problem), output.block(at + 1, end));
      }
      add_test(report, std::move(test->name), test->outcome);
      continue;
    }
    // `6 tests completed, 3 failed, 1 skipped`
    std::string_view text = output.lines[at];
    int all = 0;
    if (!take_count(text, all) ||
        (!take_prefix(text, " tests completed") && !take_prefix(text, " test completed"))) {
      continue;
    }
    Tally tally;
    if (take_prefix(text, ", ")) take_tally(text, ",", tally);
    tally.passed = all - tally.failed - tally.skipped;
    ConsoleRun run{first.value_or(at), at + 1, first.has_value(), std::move(report)};
    settle(run.report, tally);
    runs.push_back(std::move(run));
    report = {};
    first.reset();
  }
  if (first) runs.push_back({*first, output.lines.size(), true, std::move(report)});
  return runs;
}

ConsoleRuns ant_runs(const Output& output) {
  ConsoleRun run;
  std::string suite;
  bool found = false;
  for (std::size_t at = 0; at < output.lines.size(); ++at) {
    std::string_view text = trimmed(output.lines[at]);
    if (!take_prefix(text, "[junit] ")) continue;
    if (std::string_view name = text; take_prefix(name, "Running ")) suite = trimmed(name);
    const auto counts = counts_of(text);
    if (!counts || !contains(counts->rest, "Time elapsed: ")) continue;  // else a test's own words
    if (!found) run.first = at;
    found = true;
    run.end = at + 1;
    add_count(run.report.passed, std::max(counts->tally.passed, 0));
    add_count(run.report.failed, counts->tally.failed);
    add_count(run.report.skipped, counts->tally.skipped);
    if (counts->tally.failed == 0) continue;
    Problem problem = failure_named(suite, "ant");
    problem.message = "tests of " + suite + " fail";
    add_failure(run.report, std::move(problem), {});
  }
  return found ? ConsoleRuns{std::move(run)} : ConsoleRuns{};
}

}  // namespace autofix::problems
