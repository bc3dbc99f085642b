// unittest's console output: the lines of -v, the blocks of failures, the summary.
#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>

#include "server/problems/console_run.h"
#include "server/problems/failure_text.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

bool is_rule(std::string_view line, char rule) {
  return line.size() == 70 && line.find_first_not_of(rule) == std::string_view::npos;
}

/// `test_add (module.Class.test_add)`, before Python 3.11 `test_add (module.Class)`: as `python -m unittest`
/// selects it. What stands behind belongs to a subtest. Empty where it is neither.
std::string dotted_name(std::string_view text) {
  const std::size_t open = text.find(" (");
  if (open == std::string_view::npos || open == 0) return {};
  const std::string_view method = trimmed(text.substr(0, open));
  const std::size_t close = text.find(')', open);
  if (close == std::string_view::npos || contains(method, " ")) return {};
  const std::string_view where = text.substr(open + 2, close - open - 2);
  if (where.empty() || contains(where, " ") || contains(where, "=")) return {};
  if (where.ends_with("." + std::string(method))) return std::string(where);
  return std::string(where) + "." + std::string(method);
}

std::optional<Outcome> outcome_of(std::string_view word) {
  if (word == "ok" || word == "expected failure") return Outcome::passed;
  if (word == "FAIL" || word == "ERROR" || word == "unexpected success") return Outcome::failed;
  if (word.starts_with("skipped '") || word.starts_with("skipped \"")) return Outcome::skipped;
  return std::nullopt;
}

/// The number after `name=` in `FAILED (failures=1, expected failures=1)`.
int part_of(std::string_view line, std::string_view name) {
  for (const std::string_view before : {"(", ", "}) {
    const std::string whole = std::string(before) + std::string(name) + "=";
    const std::size_t at = line.find(whole);
    if (at == std::string_view::npos) continue;
    line.remove_prefix(at + whole.size());
    int count = 0;
    take_count(line, count);
    return count;
  }
  return 0;
}

class UnittestReader {
 public:
  explicit UnittestReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    return std::move(runs_);
  }

 private:
  struct Block {
    std::string name;
    std::size_t first;
  };

  struct Session {
    std::optional<std::size_t> first;
    std::string pending;  ///< announced, outcome to come
    std::optional<Block> block;
    int ran = -1;
    int ran_unruled = -1;  ///< said by a line without unittest's rule above it, perhaps a test's own words
    TestReport report;
    std::vector<TestCase> tests;
    std::unordered_map<std::string, std::size_t> by_name;
    bool verbose = false;
  };

  void line(std::size_t at) {
    const std::string_view text = output_.lines[at];
    const bool below_rule = at > 0 && is_rule(output_.lines[at - 1], '=');
    const bool below_dashes = at > 0 && is_rule(output_.lines[at - 1], '-');
    if (below_rule &&
        (text.starts_with("FAIL") || text.starts_with("ERROR") || text.starts_with("UNEXPECTED"))) {
      return open_block(at, text);
    }
    std::string_view count = text;
    int ran = 0;
    if (take_prefix(count, "Ran ") && take_count(count, ran) && count.starts_with(" test")) {
      if (below_dashes) close_block(at - 1);
      (below_dashes ? now_.ran : now_.ran_unruled) = ran;
      return;
    }
    if (text == "OK" || text.starts_with("OK (") || text.starts_with("FAILED (")) {
      if (now_.ran >= 0) return finish(at, text);
      if (now_.ran_unruled >= 0) add_unsure(at, text);
    }
    if (!now_.block) verbose_line(at, text);
  }

  /// `FAIL: test_add (test_unit.Calc.test_add) (n=1)`, unittest-xml-reporting's `FAIL [0.002s]: …`
  void open_block(std::size_t at, std::string_view text) {
    close_block(at - 1);
    const std::size_t colon = text.find(": ");
    if (colon == std::string_view::npos) return;
    std::string name = dotted_name(text.substr(colon + 2));
    if (name.empty()) name = trimmed(text.substr(colon + 2));
    if (!now_.first) now_.first = at - 1;
    now_.block = Block{std::move(name), at + 1};
    if (text.starts_with("UNEXPECTED")) close_block(at + 1);
  }

  void close_block(std::size_t end) {
    if (!now_.block) return;
    const Block block = std::move(*now_.block);
    now_.block.reset();
    set(block.name, Outcome::failed);
    const std::string_view text = output_.block(block.first, end);
    Problem problem = failure_named(block.name, "unittest");
    problem.message = last_line_of_traceback(text);
    if (problem.message.empty()) problem.message = "the test was expected to fail and passes";
    const std::size_t unequal = problem.message.find(" != ");
    if (problem.message.starts_with("AssertionError: ") && unequal != std::string::npos) {
      problem.test->actual = problem.message.substr(16, unequal - 16);
      problem.test->expected = problem.message.substr(unequal + 4);
    }
    add_failure(now_.report, std::move(problem), text);
  }

  /// An assertion's message may have several lines; the last one without indentation tells the exception.
  static std::string last_line_of_traceback(std::string_view text) {
    std::string found;
    bool inside = false;
    for (const std::string_view line : lines_of(text)) {
      if (line.starts_with("Traceback (most recent call last)")) {
        inside = true;
      } else if (inside && !line.empty() && line.front() != ' ') {
        found = line;
        inside = false;
      }
    }
    return found;
  }

  void set(const std::string& name, Outcome outcome) {
    const auto [place, is_new] = now_.by_name.try_emplace(name, now_.tests.size());
    if (is_new) {
      now_.tests.push_back({name, outcome});
    } else if (outcome == Outcome::failed) {
      now_.tests[place->second].outcome = outcome;
    }
  }

  /// `test_add (test_unit.Calc.test_add) ... ok`. The first line of a docstring may stand between, and what
  /// the test prints before its outcome.
  void verbose_line(std::size_t at, std::string_view text) {
    if (std::string name = dotted_name(text); !name.empty() && !text.starts_with("Ran ")) {
      if (const std::size_t close = text.find(')'); text.size() > close + 1 && !contains(text, " ... ")) {
        return;
      }
      if (!now_.first) now_.first = at;
      now_.pending = std::move(name);
    }
    if (now_.pending.empty()) return;
    const std::size_t dots = text.rfind(" ... ");
    const std::string_view word = dots == std::string_view::npos ? text : text.substr(dots + 5);
    const auto outcome = outcome_of(word);
    if (!outcome) return;
    set(now_.pending, *outcome);
    now_.verbose = true;
    now_.pending.clear();
  }

  static int failures_in(std::string_view text) {
    return part_of(text, "failures") + part_of(text, "errors") + part_of(text, "unexpected successes");
  }

  /// A summary without its rule ends nothing.
  void add_unsure(std::size_t at, std::string_view text) {
    const int failed = failures_in(text);
    const int skipped = part_of(text, "skipped");
    ConsoleRun run{at, at + 1, false, {}};
    settle(run.report, {now_.ran_unruled - failed - skipped, failed, skipped});
    runs_.push_back(std::move(run));
    now_.ran_unruled = -1;
  }

  void finish(std::size_t at, std::string_view text) {
    const int failed = failures_in(text);
    const int skipped = part_of(text, "skipped");
    ConsoleRun run;
    run.end = at + 1;
    run.first = now_.first.value_or(at);
    run.report = std::move(now_.report);
    int of_ran = 0;  // what fails in setUpClass is no test that ran, and subtests are parts of one
    int named = 0;
    for (TestCase& test : now_.tests) {
      const bool is_fixture = contains(test.name, ".setUp") || contains(test.name, ".tearDown") ||
                              test.name.starts_with("setUp") || test.name.starts_with("tearDown");
      if (test.outcome == Outcome::failed) ++named;
      if (test.outcome == Outcome::failed && !is_fixture) ++of_ran;
      add_test(run.report, std::move(test.name), test.outcome);
    }
    if (failed > 0 && named == 0) of_ran = named = failed;
    const Tally tally{now_.ran - std::min(of_ran, now_.ran) - skipped, named, skipped};
    if (!now_.verbose || named > failed) settle(run.report, tally);
    runs_.push_back(std::move(run));
    now_ = {};
  }

  const Output& output_;
  ConsoleRuns runs_;
  Session now_;
};

}  // namespace

ConsoleRuns unittest_runs(const Output& output) {
  return UnittestReader(output).read();
}

}  // namespace autofix::problems
