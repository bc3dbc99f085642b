// Console output of Catch2 and GoogleTest.
#include <optional>

#include "server/problems/console_run.h"
#include "server/problems/failure_text.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

// Catch2
// ---------------------------------------------------------------------------------------------------------

/// `All tests passed (4 assertions in 2 test cases)`, `test cases: 3 | 2 passed | 1 failed`; the compact
/// reporter's `Passed all 6 test cases with 8 assertions.`, `Failed 3 test cases, failed 4 assertions.`
std::optional<Tally> catch2_summary(std::string_view line) {
  Tally tally;
  if (take_prefix(line, "All tests passed (")) {
    const std::size_t in = line.find(" in ");
    if (in == std::string_view::npos) return std::nullopt;
    line.remove_prefix(in + 4);
    return take_count(line, tally.passed) ? std::optional(tally) : std::nullopt;
  }
  if (take_prefix(line, "test cases:")) {
    const std::size_t bar = line.find('|');
    if (bar == std::string_view::npos || !take_tally(line.substr(bar + 1), "|", tally)) return std::nullopt;
    return tally;
  }
  const bool passed = take_prefix(line, "Passed ");
  if (!passed && !take_prefix(line, "Failed ")) return std::nullopt;
  if (!take_prefix(line, "all ")) take_prefix(line, "both ");
  int count = 0;
  if (!take_count(line, count) || !line.starts_with(" test case") || !contains(line, "assertion")) {
    return std::nullopt;
  }
  (passed ? tally.passed : tally.failed) = count;
  return tally;
}

bool is_ruler(std::string_view line, char rule) {
  return line.size() >= 20 && line.find_first_not_of(rule) == std::string_view::npos;
}

class Catch2Reader {
 public:
  explicit Catch2Reader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    if (!report_.problems.empty()) finish(output_.lines.size(), {}, false);
    return std::move(runs_);
  }

 private:
  void line(std::size_t at) {
    const std::string_view text = output_.lines[at];
    if (const auto tally = catch2_summary(text)) {
      const bool below_rule = at > 0 && is_ruler(output_.lines[at - 1], '=');
      // The compact reporter, and its failures, have no rule.
      return finish(at + 1, tally, below_rule || !report_.problems.empty());
    }
    if (is_ruler(text, '~')) begin(at);
    if (is_ruler(text, '-') && at + 1 < output_.lines.size() && !take_location(output_.lines[at + 1])) {
      const std::string_view title = output_.lines[at + 1];
      if (!title.empty() && title.front() != ' ' && !is_ruler(title, '-')) name_ = title;
    }
    const auto location = take_location(text);
    if (!location) return;
    if (location->rest == ": FAILED:") {
      failure(at, *location);
    } else if (location->rest.starts_with(": failed: ")) {
      begin(at);
      Problem problem = failure_named("", "catch2");
      problem.message = location->rest.substr(10);
      const std::size_t values = problem.message.rfind(" for: ");
      if (values != std::string::npos) read_equation(problem.message.substr(values + 6), *problem.test);
      add(std::move(problem), *location, text);
    }
  }

  void begin(std::size_t at) {
    if (!first_) first_ = at;
  }

  /// The lines up to the next empty one belong to it.
  void failure(std::size_t at, const PrintedLocation& location) {
    begin(at);
    std::size_t end = at + 1;
    while (end < output_.lines.size() && !trimmed(output_.lines[end]).empty()) ++end;
    Problem problem = failure_named(name_, "catch2");
    if (at + 1 < end) problem.message = trimmed(output_.lines[at + 1]);
    // `due to unexpected exception with message:` and the message
    if (problem.message.starts_with("due to ") && at + 2 < end) {
      problem.message += " " + std::string(trimmed(output_.lines[at + 2]));
    }
    add(std::move(problem), location, output_.block(at, end));
    if (failed_.empty() || failed_.back() != name_) failed_.push_back(name_);
  }

  void add(Problem problem, const PrintedLocation& location, std::string_view text) {
    problem.path = location.path;
    problem.range = line_start(location.line);
    add_failure(report_, std::move(problem), text);
  }

  void finish(std::size_t end, const std::optional<Tally>& tally, bool sure) {
    ConsoleRun run;
    run.end = end;
    run.first = first_.value_or(end - 1);
    run.sure = sure || !report_.problems.empty();
    run.report = std::move(report_);
    for (std::string& name : failed_) add_test(run.report, std::move(name), Outcome::failed);
    if (tally) settle(run.report, *tally);
    runs_.push_back(std::move(run));
    report_ = {};
    failed_.clear();
    first_.reset();
  }

  const Output& output_;
  ConsoleRuns runs_;
  TestReport report_;
  std::vector<std::string> failed_;
  std::optional<std::size_t> first_;
  std::string name_;
};

// GoogleTest
// ---------------------------------------------------------------------------------------------------------

class GoogleTestReader {
 public:
  explicit GoogleTestReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    if (now_.is_open) finish(output_.lines.size());
    return std::move(runs_);
  }

 private:
  struct Session {
    bool is_open = false;
    std::size_t first = 0;
    std::string_view running;
    std::size_t text = 0;  ///< where what the running test prints begins
    bool is_verbose = false;
    std::size_t end = 0;  ///< behind the last line that GoogleTest itself printed
    int ran = -1;
    int disabled = 0;  ///< of the tests that it did not run
    Tally tally;
    TestReport report;
  };

  void line(std::size_t at) {
    std::string_view text = output_.lines[at];
    take(at, text);
    if (text.starts_with('[') || text.starts_with("  YOU HAVE ")) now_.end = at + 1;
  }

  void take(std::size_t at, std::string_view text) {
    if (take_prefix(text, "[==========] ")) return frame(at, text);
    if (take_prefix(text, "[ RUN      ] ")) {
      open(at);
      if (!now_.running.empty()) end_test(at, Outcome::failed);
      now_.is_verbose = true;
      now_.running = trimmed(text);
      now_.text = at + 1;
    } else if (take_prefix(text, "[       OK ] ")) {
      outcome(at, text, Outcome::passed);
    } else if (take_prefix(text, "[  FAILED  ] ")) {
      outcome(at, text, Outcome::failed);
    } else if (take_prefix(text, "[  SKIPPED ] ")) {
      int count = 0;
      std::string_view rest = text;
      if (now_.ran >= 0 && take_count(rest, count) && rest.starts_with(" test")) {
        add_count(now_.tally.skipped, count);
      } else {
        outcome(at, text, Outcome::skipped);
      }
    } else if (take_prefix(text, "[  PASSED  ] ")) {
      if (now_.ran >= 0) take_count(text, now_.tally.passed);
    } else if (take_prefix(text, "  YOU HAVE ")) {
      if (now_.ran >= 0) take_count(text, now_.disabled);
    } else if (!now_.is_verbose && !now_.is_open && text.ends_with(": Failure") && take_location(text)) {
      open(at);  // --gtest_brief
      now_.text = at;
    }
  }

  /// `Running 6 tests from 2 test suites.` opens a run, `6 tests from 2 test suites ran. (0 ms total)` ends
  /// it.
  void frame(std::size_t at, std::string_view text) {
    if (text.starts_with("Running ")) {
      if (now_.is_open) finish(at);
      return open(at);
    }
    int ran = 0;
    if (!take_count(text, ran) || !contains(text, " ran.")) return;
    open(at);
    if (!now_.running.empty()) end_test(at, Outcome::failed);
    now_.ran = ran;
  }

  void open(std::size_t at) {
    if (now_.ran >= 0) finish(at);
    if (now_.is_open) return;
    now_.is_open = true;
    now_.first = at;
  }

  /// Only the test that runs can end; else the line is what a test prints, or the list at the end.
  void outcome(std::size_t at, std::string_view text, Outcome outcome) {
    if (now_.ran >= 0) return;
    std::string_view name = without_duration(text);
    if (name.size() == trimmed(text).size()) return;
    name = name.substr(0, name.find(", where "));
    if (now_.is_verbose && name != now_.running) return;
    if (!now_.is_verbose) {
      open(at);
      now_.running = name;
    }
    end_test(at, outcome);
  }

  void end_test(std::size_t at, Outcome outcome) {
    const std::string_view text = output_.block(now_.text, at);
    if (outcome == Outcome::failed) failure(text);
    add_test(now_.report, std::string(now_.running), outcome);
    now_.running = {};
    now_.text = at + 1;
  }

  /// The first `x.cpp:9: Failure` tells; its lines up to the next one are the message.
  void failure(std::string_view text) {
    Problem problem = failure_named(std::string(now_.running), "googletest");
    const std::vector<std::string_view> lines = lines_of(text);
    for (std::size_t at = 0; at < lines.size(); ++at) {
      if (!lines[at].ends_with(": Failure") && !lines[at].ends_with(": error: ")) continue;
      if (const auto location = take_location(lines[at])) {
        problem.path = location->path;
        problem.range = line_start(location->line);
      }
      for (++at; at < lines.size() && !lines[at].ends_with(": Failure"); ++at) {
        problem.message += (problem.message.empty() ? "" : "\n") + std::string(lines[at]);
      }
      break;
    }
    read_google_comparison(problem.message, *problem.test);
    add_failure(now_.report, std::move(problem), text);
  }

  void finish(std::size_t end) {
    if (!now_.running.empty()) end_test(end, Outcome::failed);  // it took the program with it
    ConsoleRun run;
    run.first = now_.first;
    run.end = now_.ran >= 0 ? now_.end : end;
    run.report = std::move(now_.report);
    if (now_.ran >= 0) {
      now_.tally.failed = now_.ran - now_.tally.passed - now_.tally.skipped;
      now_.tally.skipped += now_.disabled;
      settle(run.report, now_.tally);
    }
    runs_.push_back(std::move(run));
    now_ = {};
  }

  const Output& output_;
  ConsoleRuns runs_;
  Session now_;
};

}  // namespace

ConsoleRuns catch2_runs(const Output& output) {
  return Catch2Reader(output).read();
}

ConsoleRuns google_test_runs(const Output& output) {
  return GoogleTestReader(output).read();
}

}  // namespace autofix::problems
