// ctest's console output. What its tests printed explains their failures, and counts for nothing else.
#include <algorithm>
#include <map>
#include <optional>

#include "server/problems/console_run.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

struct Result {
  int number = 0;
  std::string_view name;
  Outcome outcome = Outcome::passed;
  std::string_view word;  ///< `Failed`, `Exception: SegFault`, `Timeout`
};

/// ` 2/10 Test  #2: adds numbers .........***Failed    0.00 sec`
std::optional<Result> result_of(std::string_view line) {
  line = trimmed(line);
  int count = 0;
  std::string_view rest = line;
  if (take_count(rest, count) && take_prefix(rest, "/") && take_count(rest, count)) line = trimmed(rest);
  Result result;
  if (!take_prefix(line, "Test ")) return std::nullopt;
  line = trimmed(line);
  if (!take_prefix(line, "#") || !take_count(line, result.number) || !take_prefix(line, ": "))
    return std::nullopt;
  const std::size_t sec = line.rfind(" sec");
  if (sec == std::string_view::npos) return std::nullopt;
  std::string_view text = trimmed(line.substr(0, sec));
  text = trimmed(text.substr(0, text.find_last_not_of("0123456789.") + 1));
  const std::size_t dots = text.rfind("..");
  if (dots == std::string_view::npos) return std::nullopt;
  result.word = trimmed(text.substr(dots + 2));
  const std::size_t end = text.substr(0, dots + 2).find_last_not_of('.');
  if (end == std::string_view::npos) return std::nullopt;
  result.name = trimmed(text.substr(0, end + 1));
  if (result.word == "Passed") return result;
  if (!take_prefix(result.word, "***")) return std::nullopt;
  const bool skipped = result.word == "Skipped" || result.word == "Not Run (Disabled)";
  result.outcome = skipped ? Outcome::skipped : Outcome::failed;
  return result;
}

/// `33% tests passed, 6 tests failed out of 9`. Skipped tests count as passed there.
std::optional<Tally> summary_of(std::string_view line) {
  int percent = 0;
  int all = 0;
  Tally tally;
  if (!take_count(line, percent) || !take_prefix(line, "% tests passed, ") ||
      !take_count(line, tally.failed)) {
    return std::nullopt;
  }
  const std::size_t out_of = line.find("failed out of ");
  if (out_of == std::string_view::npos) return std::nullopt;
  line.remove_prefix(out_of + 14);
  if (!take_count(line, all)) return std::nullopt;
  tally.passed = all - tally.failed;
  return tally;
}

class CtestReader {
 public:
  explicit CtestReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    if (!now_.results.empty()) finish(output_.lines.size(), std::nullopt);
    return std::move(runs_);
  }

 private:
  /// The last result of a test and what it printed: a repeated test counts once.
  struct Test {
    Result result;
    std::size_t text = 0;
    std::size_t end = 0;
    std::string prefixed;  ///< with -V each line carries the test's number
  };

  struct Session {
    std::optional<std::size_t> first;
    std::map<int, Test> results;
    std::map<int, std::string> prefixed;
    int last = 0;
    std::size_t summary = 0;  ///< its line, where nothing came before it
  };

  void line(std::size_t at) {
    const std::string_view text = output_.lines[at];
    if (text.starts_with("Test project ")) {
      if (!now_.results.empty()) finish(at, std::nullopt);
      now_.first = at;
    } else if (auto result = result_of(text)) {
      close_text(at);
      if (!now_.first) now_.first = at;
      now_.last = result->number;
      Test& test = now_.results[result->number];
      test = {*result, at + 1, at + 1, std::move(now_.prefixed[result->number])};
      now_.prefixed.erase(result->number);
    } else if (text.starts_with("      Start ")) {
      close_text(at);
    } else if (const auto tally = summary_of(text)) {
      close_text(at);
      if (!now_.first) now_.summary = at;
      finish(end_of_list(at + 1), tally);
    } else {
      prefixed(text);
    }
  }

  /// `2: what test 2 prints`
  void prefixed(std::string_view text) {
    int number = 0;
    if (!take_count(text, number) || !take_prefix(text, ": ")) return;
    std::string& kept = now_.prefixed[number];
    if (kept.size() < 64 * 1024) kept += std::string(text) + "\n";
  }

  void close_text(std::size_t end) {
    if (now_.last != 0) now_.results[now_.last].end = end;
    now_.last = 0;
  }

  /// `The following tests FAILED:` and its lines.
  std::size_t end_of_list(std::size_t at) const {
    while (at < output_.lines.size()) {
      const std::string_view text = output_.lines[at];
      std::string_view entry = trimmed(text);
      int number = 0;
      const bool is_entry = text.starts_with('\t') && take_count(entry, number) && entry.starts_with(" - ");
      if (!is_entry && !entry.empty() && !entry.starts_with("Total Test time") &&
          !entry.starts_with("The following tests") && !entry.starts_with("Errors while running CTest") &&
          !entry.starts_with("Label Time Summary") && !entry.starts_with("Output from these tests") &&
          !entry.starts_with("Use \"--rerun-failed")) {
        break;
      }
      ++at;
    }
    return at;
  }

  void finish(std::size_t end, const std::optional<Tally>& tally) {
    close_text(end);
    ConsoleRun run;
    run.sure = now_.first.has_value();
    run.first = now_.first.value_or(now_.summary);
    run.end = end;
    for (auto& [number, test] : now_.results) {
      if (test.result.outcome == Outcome::failed) failure(test, run.report);
      add_test(run.report, std::string(test.result.name), test.result.outcome);
    }
    if (tally && now_.results.empty()) {
      settle(run.report, *tally);
      list_failures(run);
    }
    runs_.push_back(std::move(run));
    now_ = {};
  }

  /// With -Q only the list at the end names what failed: `	  2 - adds numbers (Failed)`
  void list_failures(ConsoleRun& run) const {
    bool in_list = false;
    for (std::size_t at = run.first; at < run.end; ++at) {
      std::string_view text = output_.lines[at];
      if (text.starts_with("The following tests FAILED:")) in_list = true;
      int number = 0;
      text = trimmed(text);
      if (!in_list || !take_count(text, number) || !take_prefix(text, " - ")) continue;
      const std::size_t open = std::min(text.rfind(" ("), text.size());
      Problem problem = failure_named(std::string(text.substr(0, open)), "ctest");
      problem.message = "the test fails " + std::string(trimmed(text.substr(open)));
      run.report.tests.push_back({problem.test->name, Outcome::failed});
      add_failure(run.report, std::move(problem), {});
    }
  }

  /// The test's own name, and the place and words of the first failure that its runner printed.
  void failure(const Test& test, TestReport& report) const {
    const std::string_view text = test.prefixed.empty() ? output_.block(test.text, test.end) : test.prefixed;
    Problem problem = failure_named(std::string(test.result.name), "ctest");
    if (!explain_by_output(text, problem))
      problem.message = "the test fails (" + std::string(test.result.word) + ")";
    add_failure(report, std::move(problem), text);
  }

  const Output& output_;
  ConsoleRuns runs_;
  Session now_;
};

}  // namespace

ConsoleRuns ctest_runs(const Output& output) {
  return CtestReader(output).read();
}

}  // namespace autofix::problems
