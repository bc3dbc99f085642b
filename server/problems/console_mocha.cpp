// Console output of Mocha (spec, dot and its like) and of node:test (spec).
#include <algorithm>
#include <optional>

#include "server/problems/console_run.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

/// `  4 failing`, `  1 passing (5ms)`
bool take_mocha_count(std::string_view line, std::string_view word, int& count) {
  if (!take_prefix(line, "  ") || !take_count(line, count) || !take_prefix(line, " ") ||
      !take_prefix(line, word)) {
    return false;
  }
  return line.empty() || (line.starts_with(" (") && line.ends_with(')'));
}

// Mocha
// ---------------------------------------------------------------------------------------------------------

class MochaReader {
 public:
  explicit MochaReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    std::size_t begin = 0;
    bool has_tests = false;  // a count with nothing before it is a test's own words
    for (std::size_t at = 0; at < output_.lines.size(); ++at) {
      int passed = 0;
      if (!take_mocha_count(output_.lines[at], "passing", passed)) {
        has_tests = has_tests || (indentation(output_.lines[at]) >= 2 && !trimmed(output_.lines[at]).empty());
      } else if (ends_tree(at) && (has_tests || passed == 0)) {
        at = begin = run(begin, at, passed);
        has_tests = false;
      }
    }
    return std::move(runs_);
  }

 private:
  std::string_view line(std::size_t at) const {
    return at < output_.lines.size() ? output_.lines[at] : std::string_view();
  }

  /// Behind the count comes another count or an empty line; else a test printed it.
  bool ends_tree(std::size_t at) const {
    int count = 0;
    return trimmed(line(at + 1)).empty() || take_mocha_count(line(at + 1), "pending", count) ||
           take_mocha_count(line(at + 1), "failing", count);
  }

  /// Reads the run whose counts begin at `at`; returns the line behind it.
  std::size_t run(std::size_t begin, std::size_t at, int passed) {
    ConsoleRun run;
    Tally tally{passed, 0, 0};
    run.first = first_of_tree(begin, at);
    read_tree(run.first, at, run.report);
    ++at;
    if (take_mocha_count(line(at), "pending", tally.skipped)) ++at;
    if (take_mocha_count(line(at), "failing", tally.failed))
      at = read_failures(at + 1, tally.failed, run.report);
    const auto named = std::ranges::count(run.report.tests, Outcome::failed, &TestCase::outcome);
    if (named != tally.failed) {  // no tree (dot), or a tree with foreign words in it
      run.report.tests.clear();
      for (const Problem& problem : run.report.problems) {
        add_test(run.report, problem.test->name, Outcome::failed);
      }
    }
    settle(run.report, tally);
    run.end = at;
    runs_.push_back(std::move(run));
    return at;
  }

  /// Where the tree that ends before `end` begins: what stands before it is some other program's.
  std::size_t first_of_tree(std::size_t begin, std::size_t end) const {
    const auto is_inside = [&](std::size_t at) {
      return indentation(line(at)) >= 2 && !trimmed(line(at)).empty();
    };
    for (std::size_t at = begin; at < end; ++at) {
      const std::string_view title = trimmed(line(at));
      if (!is_inside(at) ||
          (!title.starts_with("✔ ") && !title.starts_with("✓ ") && !title.starts_with("1) "))) {
        continue;
      }
      while (at > begin && is_inside(at - 1)) --at;
      return at;
    }
    return end;
  }

  void read_tree(std::size_t begin, std::size_t end, TestReport& report) const {
    NameStack names;
    for (std::size_t at = begin; at < end; ++at) {
      const std::size_t indent = indentation(output_.lines[at]);
      std::string_view title = trimmed(output_.lines[at]);
      if (indent < 2 || title.empty()) continue;
      std::string_view numbered = title;
      int number = 0;
      if (take_prefix(title, "✔ ") || take_prefix(title, "✓ ") || take_prefix(title, "√ ")) {
        add_test(report, names.name(indent, without_duration(title), " "), Outcome::passed);
      } else if (take_prefix(title, "- ")) {
        add_test(report, names.name(indent, title, " "), Outcome::skipped);
      } else if (take_count(numbered, number) && take_prefix(numbered, ") ")) {
        add_test(report, names.name(indent, numbered, " "), Outcome::failed);
      } else {
        names.open(indent, title);
      }
    }
  }

  /// `  1) group`, deeper titles each further in, the last with a colon; then the error.
  std::size_t read_failures(std::size_t at, int failed, TestReport& report) const {
    for (int number = 1; number <= failed; ++number) {
      const std::string head = "  " + std::to_string(number) + ") ";
      while (at < output_.lines.size() && !output_.lines[at].starts_with(head)) ++at;
      if (at == output_.lines.size()) break;
      std::string name(trimmed(output_.lines[at].substr(head.size())));
      while (!name.ends_with(':') && at + 1 < output_.lines.size() &&
             indentation(output_.lines[at + 1]) > 2) {
        name += " " + std::string(trimmed(output_.lines[++at]));
        if (name.size() > 4096) break;
      }
      if (name.ends_with(':')) name.pop_back();
      const std::size_t first = ++at;
      const std::string next = "  " + std::to_string(number + 1) + ") ";
      while (at < output_.lines.size() && !(number < failed && output_.lines[at].starts_with(next)) &&
             !(number == failed && is_end(at))) {
        ++at;
      }
      Problem problem = failure_named(std::move(name), "mocha");
      for (std::size_t text = first; text < at && problem.message.empty(); ++text) {
        problem.message = trimmed(output_.lines[text]);
      }
      add_failure(report, std::move(problem), output_.block(first, at));
    }
    return at;
  }

  /// The last failure ends at two empty lines or where a line begins at the margin behind its stack.
  bool is_end(std::size_t at) const {
    return trimmed(line(at)).empty() && at + 1 < output_.lines.size() && trimmed(line(at + 1)).empty() &&
           at > 0 && trimmed(line(at - 1)).starts_with("at ");
  }

  const Output& output_;
  ConsoleRuns runs_;
};

// node:test
// ---------------------------------------------------------------------------------------------------------

class NodeReader {
 public:
  explicit NodeReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    finish(output_.lines.size());
    return std::move(runs_);
  }

 private:
  struct Session {
    std::optional<std::size_t> first;
    bool in_summary = false;
    bool has_count = false;
    Tally tally;
    NameStack names;
    TestReport report;
    std::string failed;  ///< the test whose text comes
    std::size_t text = 0;
    std::size_t end = 0;  ///< behind the last line that is node's own
  };

  void line(std::size_t at) {
    const std::string_view text = output_.lines[at];
    std::string_view rest = text;
    if (take_prefix(rest, "ℹ ")) return summary_line(at, rest);
    const std::size_t indent = indentation(text);
    std::string_view title = trimmed(text);
    const bool group = take_prefix(title, "▶ ");
    const bool passed = !group && take_prefix(title, "✔ ");
    const bool failed = !group && !passed && take_prefix(title, "✖ ");
    const bool skipped = !group && !passed && !failed && take_prefix(title, "﹣ ");
    if (!group && !passed && !failed && !skipped) return;
    if (now_.has_count) {  // the failing tests once more, else the next run
      if (title.starts_with("failing tests:")) now_.in_summary = true;
      now_.end = at + 1;
      if (now_.in_summary || failed) return;
      finish(at);
    }
    close_failure(at);
    if (!now_.first) now_.first = at;
    if (group) {
      now_.names.open(indent, without_duration(title));
    } else {
      test(at, indent, title, passed ? Outcome::passed : failed ? Outcome::failed : Outcome::skipped);
    }
  }

  void test(std::size_t at, std::size_t indent, std::string_view title, Outcome outcome) {
    for (const std::string_view mark : {" # SKIP", " # TODO"}) {
      const std::size_t place = title.rfind(mark);
      if (place == std::string_view::npos) continue;
      title = title.substr(0, place);
      outcome = Outcome::skipped;
    }
    title = without_duration(title);
    if (now_.names.close(indent, title)) return;
    std::string name = now_.names.name(indent, title, " > ");
    if (outcome == Outcome::failed) {
      now_.failed = name;
      now_.text = at + 1;
    }
    add_test(now_.report, std::move(name), outcome);
  }

  void close_failure(std::size_t end) {
    if (now_.failed.empty()) return;
    Problem problem = failure_named(std::move(now_.failed), "node:test");
    now_.failed.clear();
    if (now_.text < end) problem.message = trimmed(output_.lines[now_.text]);
    add_failure(now_.report, std::move(problem), output_.block(now_.text, end));
  }

  /// `ℹ fail 4`
  void summary_line(std::size_t at, std::string_view text) {
    close_failure(at);
    now_.end = at + 1;
    int count = 0;
    const auto number = [&](std::string_view word) {
      return take_prefix(text, word) && take_count(text, count);
    };
    if (number("tests ")) {
      now_.has_count = true;
    } else if (number("pass ")) {
      now_.tally.passed = count;
    } else if (number("fail ") || number("cancelled ")) {
      add_count(now_.tally.failed, count);
    } else if (number("skipped ") || number("todo ")) {
      add_count(now_.tally.skipped, count);
    }
  }

  void finish(std::size_t end) {
    close_failure(end);
    if (now_.has_count) {
      ConsoleRun run;
      run.first = now_.first.value_or(0);
      run.end = now_.end;
      run.report = std::move(now_.report);
      settle(run.report, now_.tally);
      runs_.push_back(std::move(run));
    }
    now_ = {};
  }

  const Output& output_;
  ConsoleRuns runs_;
  Session now_;
};

}  // namespace

ConsoleRuns mocha_runs(const Output& output) {
  return MochaReader(output).read();
}

ConsoleRuns node_runs(const Output& output) {
  return NodeReader(output).read();
}

}  // namespace autofix::problems
