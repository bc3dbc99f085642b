// Jest's and Vitest's console output.
#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "server/problems/console_run.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

struct Mark {
  std::string_view sign;
  Outcome outcome;
};

constexpr std::array<Mark, 8> kMarks = {{{"✓ ", Outcome::passed},
                                         {"√ ", Outcome::passed},
                                         {"✕ ", Outcome::failed},
                                         {"× ", Outcome::failed},
                                         {"○ ", Outcome::skipped},
                                         {"✎ ", Outcome::skipped},
                                         {"↓ ", Outcome::skipped},
                                         {"❯ ", Outcome::failed}}};

/// The outcome that a line's first sign says; the sign is taken off.
std::optional<Outcome> take_mark(std::string_view& text) {
  for (const Mark& mark : kMarks) {
    if (take_prefix(text, mark.sign)) return mark.outcome;
  }
  return std::nullopt;
}

// Jest
// ---------------------------------------------------------------------------------------------------------

class JestReader {
 public:
  explicit JestReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    return std::move(runs_);
  }

 private:
  struct Session {
    std::optional<std::size_t> first;
    std::string_view file;    ///< of the last PASS or FAIL
    bool in_tree = false;     ///< the lines of --verbose
    bool repeats = false;     ///< the summary of all failing tests, at the end of a long run
    bool has_suites = false;  ///< `Test Suites:` came
    int broken_files = 0;
    NameStack names;
    std::string title;
    std::optional<std::size_t> failure;
    TestReport report;
    std::vector<TestCase> failed;  ///< by their sections, for runs that are not verbose
    bool is_verbose = false;
  };

  void line(std::size_t at) {
    const std::string_view text = output_.lines[at];
    std::string_view rest = text;
    if (take_prefix(rest, "PASS ") || take_prefix(rest, "FAIL ")) {
      close_failure(at);
      if (!now_.first) now_.first = at;
      now_.file = without_duration(rest);
      now_.in_tree = true;
      now_.names = {};
    } else if (text.starts_with("Summary of all failing tests")) {
      close_failure(at);
      now_.repeats = true;
    } else if (take_prefix(rest, "  ● ")) {
      close_failure(at);
      now_.in_tree = false;
      open_failure(at, trimmed(rest));
    } else if (text.starts_with("Test Suites:")) {
      close_failure(at);
      now_.has_suites = true;
    } else if (take_prefix(rest, "Tests:")) {
      summary(at, trimmed(rest));
    } else if (now_.in_tree) {
      tree_line(text);
    }
  }

  void tree_line(std::string_view text) {
    const std::size_t indent = indentation(text);
    std::string_view title = trimmed(text);
    if (title.empty() || indent == 0) {
      now_.in_tree = false;
      return;
    }
    const auto outcome = take_mark(title);
    if (!outcome) return now_.names.open(indent, title);
    if (*outcome == Outcome::skipped && !take_prefix(title, "skipped ")) take_prefix(title, "todo ");
    now_.is_verbose = true;
    add_test(now_.report, now_.names.name(indent, without_duration(title), " › "), *outcome);
  }

  void open_failure(std::size_t at, std::string_view title) {
    if (now_.repeats || title == "Console" || !now_.first) return;
    const bool is_file = title == "Test suite failed to run";
    now_.title = is_file ? now_.file : title;
    now_.failure = at + 1;
    now_.failed.push_back({now_.title, Outcome::failed});
    if (is_file) {
      ++now_.broken_files;
      if (now_.is_verbose) add_test(now_.report, now_.title, Outcome::failed);
    }
  }

  void close_failure(std::size_t end) {
    if (!now_.failure) return;
    Problem problem = failure_named(now_.title, "jest");
    for (std::size_t at = *now_.failure; at < end && problem.message.empty(); ++at) {
      problem.message = trimmed(output_.lines[at]);
    }
    add_failure(now_.report, std::move(problem), output_.block(*now_.failure, end));
    now_.failure.reset();
  }

  void summary(std::size_t at, std::string_view parts) {
    Tally tally;
    if (!take_tally(parts, ",", tally)) return;
    if (!now_.has_suites) {  // perhaps a test's own words
      ConsoleRun run{at, at + 1, false, {}};
      settle(run.report, tally);
      runs_.push_back(std::move(run));
      return;
    }
    tally.failed += now_.broken_files;
    ConsoleRun run;
    run.first = now_.first.value_or(at - 1);
    run.end = at + 1;
    run.report = std::move(now_.report);
    if (!now_.is_verbose) {
      for (TestCase& test : now_.failed) add_test(run.report, std::move(test.name), test.outcome);
    }
    settle(run.report, tally);
    runs_.push_back(std::move(run));
    now_ = {};
  }

  const Output& output_;
  ConsoleRuns runs_;
  Session now_;
};

// Vitest
// ---------------------------------------------------------------------------------------------------------

/// `calc.test.js > group > test`: the file's part off, as reports have it. A file that does not load is named
/// by itself.
std::string_view without_file(std::string_view name) {
  take_prefix(name, "|");
  const std::size_t file = name.find(" > ");
  return file == std::string_view::npos ? name.substr(0, name.find(" [ ")) : name.substr(file + 3);
}

class VitestReader {
 public:
  explicit VitestReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    return std::move(runs_);
  }

 private:
  struct Session {
    std::size_t first = 0;
    bool is_open = false;
    bool in_failures = false;
    bool in_suites = false;  ///< the section of files that did not load
    std::vector<TestCase> broken_files;
    std::vector<std::string>
        titles;  ///< of the failure whose text comes; several where it is the same for them
    std::size_t failure = 0;
    TestReport report;
    std::vector<TestCase> failed;
    bool is_verbose = false;
  };

  void line(std::size_t at) {
    const std::string_view text = output_.lines[at];
    if (text.starts_with(" RUN  v") || text.starts_with(" DEV  v")) {
      now_ = {};
      now_.is_open = true;
      now_.first = at;
    }
    if (!now_.is_open) return;
    std::string_view rest = text;
    if (text.starts_with("⎯")) {
      close_failure(at);
      if (contains(text, " Failed Suites ")) now_.in_failures = now_.in_suites = true;
      if (contains(text, " Failed Tests ")) {
        now_.in_failures = true;
        now_.in_suites = false;
      }
    } else if (take_prefix(rest, "      Tests  ")) {
      summary(at, trimmed(rest));
    } else if (now_.in_failures && take_prefix(rest, " FAIL  ")) {
      if (now_.failure != at) close_failure(at);
      now_.titles.emplace_back(without_file(trimmed(rest)));
      now_.failure = at + 1;
    } else if (take_prefix(rest, " ") && !now_.in_failures && contains(rest, " > ")) {
      named(rest);
    }
  }

  /// ` ✓ calc.test.js > group > test 3ms`; files have no ` > ` and say how many tests they have.
  void named(std::string_view text) {
    const auto outcome = take_mark(text);
    if (!outcome || text.starts_with(' ')) return;
    now_.is_verbose = true;
    add_test(now_.report, std::string(without_file(without_duration(text))), *outcome);
  }

  void close_failure(std::size_t end) {
    for (std::string& title : now_.titles) {
      Problem problem = failure_named(title, "vitest");
      if (now_.failure < end) problem.message = trimmed(output_.lines[now_.failure]);
      Problem* added = add_failure(now_.report, std::move(problem), output_.block(now_.failure, end));
      if (added != nullptr && now_.in_suites && added->path.empty()) added->path = title;
      (now_.in_suites ? now_.broken_files : now_.failed).push_back({std::move(title), Outcome::failed});
    }
    now_.titles.clear();
  }

  /// `3 failed | 3 passed | 1 skipped (7)`
  void summary(std::size_t at, std::string_view parts) {
    Tally tally;
    parts = trimmed(parts.substr(0, parts.rfind(" (")));
    if (parts != "no tests" && !take_tally(parts, "|", tally)) return;
    tally.failed += static_cast<int>(now_.broken_files.size());
    ConsoleRun run;
    run.first = now_.first;
    run.end = at + 1;
    run.report = std::move(now_.report);
    if (!now_.is_verbose) std::ranges::move(now_.failed, std::back_inserter(now_.broken_files));
    for (TestCase& test : now_.broken_files) add_test(run.report, std::move(test.name), test.outcome);
    settle(run.report, tally);
    runs_.push_back(std::move(run));
    now_ = {};
  }

  const Output& output_;
  ConsoleRuns runs_;
  Session now_;
};

}  // namespace

ConsoleRuns jest_runs(const Output& output) {
  return JestReader(output).read();
}

ConsoleRuns vitest_runs(const Output& output) {
  return VitestReader(output).read();
}

}  // namespace autofix::problems
