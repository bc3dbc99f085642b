// Console output of `cargo test` and cargo-nextest.
#include <algorithm>
#include <optional>
#include <unordered_map>

#include "server/problems/console_run.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

/// Message and place of a panic: `thread 'x' panicked at src/lib.rs:5:9:` and the message below it; before
/// Rust 1.73 `thread 'x' panicked at 'message', src/lib.rs:5:9`, where the message may have several lines.
void read_panic(std::string_view text, Problem& problem) {
  const std::vector<std::string_view> lines = lines_of(text);
  for (std::size_t at = 0; at < lines.size(); ++at) {
    const std::size_t panicked = lines[at].find("panicked at ");
    if (!trimmed(lines[at]).starts_with("thread '") || panicked == std::string_view::npos) continue;
    std::string_view rest = lines[at].substr(panicked + 12);
    std::string_view place = rest;
    if (take_prefix(rest, "'")) {
      std::string message(rest);
      while (message.rfind("', ") == std::string::npos && at + 1 < lines.size() && message.size() < 8192) {
        message += "\n" + std::string(lines[++at]);
      }
      const std::size_t end = message.rfind("', ");
      if (end == std::string::npos) return;
      problem.message = message.substr(0, end);
      place = lines[at].substr(lines[at].rfind("', ") + 3);
    } else if (at + 1 < lines.size()) {
      problem.message = trimmed(lines[at + 1]);
    }
    const auto location = take_location(place);
    if (location && !is_foreign_path(location->path) && !contains(location->path, "/rustc-")) {
      problem.path = location->path;
      problem.range = line_start(location->line);
    }
    return;
  }
}

/// `left: 0` and `right: 2` of assert_eq!.
void read_sides(std::string_view text, TestFailure& test) {
  for (const std::string_view line : lines_of(text)) {
    std::string_view rest = trimmed(line);
    std::string* side = nullptr;
    if (take_prefix(rest, "left: ")) side = &test.actual;
    if (side == nullptr && take_prefix(rest, "right: ")) side = &test.expected;
    if (side == nullptr || !side->empty()) continue;
    if (take_prefix(rest, "`")) {
      rest = rest.substr(0, rest.find('`'));
    } else if (rest.ends_with(',')) {
      rest.remove_suffix(1);
    }
    *side = rest;
  }
}

void add_panic(TestReport& report, std::string name, std::string_view text) {
  Problem problem = failure_named(std::move(name), "cargo");
  read_panic(text, problem);
  for (const std::string_view line : lines_of(text)) {
    if (!problem.message.empty()) break;
    problem.message = trimmed(line);
  }
  if (Problem* added = add_failure(report, std::move(problem), text)) read_sides(text, *added->test);
}

class CargoReader {
 public:
  explicit CargoReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    if (now_.is_open && !now_.report.tests.empty()) finish(output_.lines.size(), std::nullopt);
    return std::move(runs_);
  }

 private:
  struct Session {
    bool is_open = false;
    std::size_t first = 0;
    bool in_failures = false;
    std::string_view title;  ///< of the failure whose text comes
    std::size_t text = 0;
    TestReport report;
  };

  void line(std::size_t at) {
    std::string_view text = output_.lines[at];
    int count = 0;
    if (take_prefix(text, "running ") && take_count(text, count) && text.starts_with(" test")) {
      if (now_.is_open) finish(at, std::nullopt);
      now_.is_open = true;
      now_.first = at;
      return;
    }
    text = output_.lines[at];
    if (take_prefix(text, "test result: ")) {
      const std::size_t dot = text.find(". ");
      if (dot == std::string_view::npos) return;
      Tally tally;
      take_tally(text.substr(dot + 2), ";", tally);
      // What tests print is shown among the failures, and more of those come after it.
      if (!now_.in_failures || now_.title.empty()) return finish(at + 1, tally);
    } else if (!now_.is_open) {
      return;
    } else if (text == "failures:") {
      close_failure(at);
      now_.in_failures = true;
    } else if (now_.in_failures && take_prefix(text, "---- ") && text.ends_with(" ----")) {
      close_failure(at);
      now_.title = text.substr(0, text.rfind(" std"));
      now_.text = at + 1;
    } else if (!now_.in_failures && take_prefix(text, "test ")) {
      named(text);
    }
  }

  /// `tests::adds ... FAILED`, `tests::panics - should panic ... ok`, `tests::slow ... ignored, reason`
  void named(std::string_view text) {
    const std::size_t dots = text.rfind(" ... ");
    if (dots == std::string_view::npos) return;
    const std::string_view word = text.substr(dots + 5);
    std::string_view name = text.substr(0, dots);
    if (const std::string_view mark = " - should panic"; name.ends_with(mark))
      name.remove_suffix(mark.size());
    if (word == "ok" || word.starts_with("ok ")) add_test(now_.report, std::string(name), Outcome::passed);
    if (word.starts_with("FAILED")) add_test(now_.report, std::string(name), Outcome::failed);
    if (word.starts_with("ignored")) add_test(now_.report, std::string(name), Outcome::skipped);
  }

  void close_failure(std::size_t end) {
    if (now_.title.empty()) return;
    add_panic(now_.report, std::string(now_.title), output_.block(now_.text, end));
    now_.title = {};
  }

  void finish(std::size_t end, const std::optional<Tally>& tally) {
    close_failure(end);
    ConsoleRun run;
    run.sure = now_.is_open;
    run.first = now_.is_open ? now_.first : end - 1;
    run.end = end;
    run.report = std::move(now_.report);
    if (tally) settle(run.report, *tally);
    runs_.push_back(std::move(run));
    now_ = {};
  }

  const Output& output_;
  ConsoleRuns runs_;
  Session now_;
};

/// `     Summary [   0.004s] 5 tests run: 3 passed, 2 failed, 1 skipped` and its lines
/// `        FAIL [   0.003s] calc tests::adds`.
class NextestReader {
 public:
  explicit NextestReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    return std::move(runs_);
  }

 private:
  void line(std::size_t at) {
    std::string_view text = output_.lines[at];
    const std::size_t indent = indentation(text);
    text = trimmed(text);
    const std::size_t open = text.find(" [");
    const std::size_t close = text.find("] ");
    if (indent == 0 || open == std::string_view::npos || close == std::string_view::npos || close < open)
      return;
    const std::string_view word = text.substr(0, open);
    std::string_view rest = trimmed(text.substr(close + 2));
    if (word == "Summary") return summary(at, rest);
    const bool passed = word == "PASS";
    const bool failed = word == "FAIL" || word == "TIMEOUT" || word == "ABORT" || word.starts_with("SIG");
    if (!passed && !failed && word != "SKIP") return;
    if (!first_) first_ = at;
    if (take_prefix(rest, "(")) rest = trimmed(rest.substr(std::min(rest.find(')') + 1, rest.size())));
    const std::size_t space = rest.rfind(' ');
    const std::string name(space == std::string_view::npos ? rest : rest.substr(space + 1));
    const auto [place, is_new] = by_name_.try_emplace(std::string(rest), tests_.size());
    const Outcome outcome = passed ? Outcome::passed : failed ? Outcome::failed : Outcome::skipped;
    if (is_new) tests_.push_back({name, outcome});
    tests_[place->second].outcome = outcome;
  }

  void summary(std::size_t at, std::string_view text) {
    const std::size_t colon = text.find(" run: ");
    Tally tally;
    if (colon == std::string_view::npos) return;
    take_tally(text.substr(colon + 6), ",", tally);
    ConsoleRun run{first_.value_or(at), at + 1, true, {}};
    for (TestCase& test : tests_) {
      if (test.outcome == Outcome::failed) add_failure(run.report, failure_named(test.name, "nextest"), {});
      add_test(run.report, std::move(test.name), test.outcome);
    }
    settle(run.report, tally);
    runs_.push_back(std::move(run));
    tests_.clear();
    by_name_.clear();
    first_.reset();
  }

  const Output& output_;
  ConsoleRuns runs_;
  std::optional<std::size_t> first_;
  std::vector<TestCase> tests_;
  std::unordered_map<std::string, std::size_t> by_name_;
};

}  // namespace

ConsoleRuns cargo_runs(const Output& output) {
  return CargoReader(output).read();
}

ConsoleRuns nextest_runs(const Output& output) {
  return NextestReader(output).read();
}

}  // namespace autofix::problems
