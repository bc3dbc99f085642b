// Console output of `go test` and gotestsum. Test names carry their package, since two packages may have the
// same.
#include <algorithm>
#include <map>
#include <optional>

#include "server/problems/console_run.h"
#include "server/problems/go_test.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

struct Ending {
  std::string_view name;
  Outcome outcome;
};

/// `--- FAIL: TestX (0.00s)`, also behind what the test printed without a newline.
std::optional<Ending> ending_of(std::string_view line) {
  const std::size_t at = line.find("--- ");
  if (at == std::string_view::npos) return std::nullopt;
  line.remove_prefix(at + 4);
  Ending ending;
  if (take_prefix(line, "PASS: ")) {
    ending.outcome = Outcome::passed;
  } else if (take_prefix(line, "FAIL: ")) {
    ending.outcome = Outcome::failed;
  } else if (take_prefix(line, "SKIP: ")) {
    ending.outcome = Outcome::skipped;
  } else {
    return std::nullopt;
  }
  ending.name = line.substr(0, line.find(' '));
  if (ending.name.empty() || ending.name.size() == line.size() || !line.ends_with("s)")) return std::nullopt;
  return ending;
}

class GoReader {
 public:
  explicit GoReader(const Output& output) : output_(output) {}

  ConsoleRuns read() {
    for (std::size_t at = 0; at < output_.lines.size(); ++at) line(at);
    return std::move(runs_);
  }

 private:
  void line(std::size_t at) {
    const std::string_view text = output_.lines[at];
    std::string_view rest = text;
    if (take_prefix(rest, "=== RUN   ")) {
      begin(at);
      GoTest& test = tests_[std::string(trimmed(rest))];
      test.is_announced = true;
      current_ = &test;
      announced_ = true;
    } else if (rest = text; take_prefix(rest, "=== CONT  ") || take_prefix(rest, "=== NAME  ")) {
      current_ = &tests_[std::string(trimmed(rest))];
    } else if (take_prefix(rest, "=== PAUSE ")) {
      current_ = nullptr;
    } else if (const auto ending = ending_of(text); ending && is_own(*ending, text)) {
      begin(at);
      GoTest& test = tests_[std::string(ending->name)];
      if (!test.outcome) order_.emplace_back(ending->name);
      test.outcome = ending->outcome;
      current_ = &test;
    } else if (rest = text; take_prefix(rest, "ok  \t")) {
      end_package(at, rest, Outcome::passed);
    } else if (take_prefix(rest, "FAIL\t")) {
      end_package(at, rest, Outcome::failed);
    } else if (current_ != nullptr && text != "FAIL" && text != "PASS" &&
               current_->text.size() < kMostGoText) {
      current_->text += std::string(text) + "\n";
    }
  }

  /// With -v only tests that were announced can end; without, only what fails is printed.
  bool is_own(const Ending& ending, std::string_view text) const {
    if (!announced_) return trimmed(text).starts_with("--- ") || ending.outcome == Outcome::failed;
    const auto test = tests_.find(std::string(ending.name));
    return test != tests_.end() && test->second.is_announced && !test->second.outcome;
  }

  void begin(std::size_t at) {
    if (!first_) first_ = at;
  }

  /// `ok  	example.org/calc	0.003s`, `FAIL	example.org/calc [build failed]`
  void end_package(std::size_t at, std::string_view text, Outcome outcome) {
    begin(at);
    const std::string package(trimmed(text.substr(0, text.find_first_of(" \t"))));
    if (package.empty()) return;
    TestReport report =
        go_package(package, std::move(tests_), order_, outcome, contains(text, "[no tests to run]"));
    tests_.clear();
    order_.clear();
    current_ = nullptr;
    // Each package is a run of its own: what the compiler says stands between them.
    runs_.push_back({*first_, at + 1, true, std::move(report)});
    first_.reset();
  }

  const Output& output_;
  ConsoleRuns runs_;
  std::optional<std::size_t> first_;
  std::map<std::string, GoTest> tests_;
  std::vector<std::string> order_;
  GoTest* current_ = nullptr;
  bool announced_ = false;
};

/// `DONE 9 tests, 1 skipped, 5 failures, 2 errors in 0.339s`. Errors are packages that did not build.
std::optional<Tally> gotestsum_summary(std::string_view line) {
  Tally tally;
  int all = 0;
  if (!take_prefix(line, "DONE ") || !take_count(line, all) || !line.starts_with(" test"))
    return std::nullopt;
  const std::size_t in = line.rfind(" in ");
  if (in == std::string_view::npos) return std::nullopt;
  line = line.substr(0, in);
  int errors = 0;
  while (true) {
    const std::size_t comma = line.find(", ");
    if (comma == std::string_view::npos) break;
    line.remove_prefix(comma + 2);
    int count = 0;
    std::string_view part = line;
    if (!take_count(part, count)) continue;
    if (part.starts_with(" skipped")) tally.skipped = count;
    if (part.starts_with(" failure")) tally.failed = count;
    if (part.starts_with(" error")) errors = count;
  }
  tally.passed = all - tally.failed - tally.skipped;
  tally.failed += errors;
  return tally;
}

}  // namespace

ConsoleRuns go_runs(const Output& output) {
  return GoReader(output).read();
}

ConsoleRuns gotestsum_runs(const Output& output) {
  ConsoleRuns runs;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < output.lines.size(); ++at) {
    const auto tally = gotestsum_summary(output.lines[at]);
    if (!tally) continue;
    ConsoleRun run{begin, at + 1, true, {}};
    // `=== FAIL: calc TestAdd (0.00s)`, its text up to an empty line
    for (std::size_t place = begin; place < at; ++place) {
      std::string_view text = output.lines[place];
      if (!take_prefix(text, "=== FAIL: ")) continue;
      std::string name(text.substr(0, text.rfind(" (")));
      if (const std::size_t space = name.find(' '); space != std::string::npos) name[space] = '.';
      std::size_t end = place + 1;
      while (end < at && !output.lines[end].starts_with("=== ") && !output.lines[end].starts_with("DONE "))
        ++end;
      add_test(run.report, name, Outcome::failed);
      add_failure(run.report, go_failure(name, output.block(place + 1, end)), output.block(place + 1, end));
      place = end - 1;
    }
    settle(run.report, *tally);
    runs.push_back(std::move(run));
    begin = at + 1;
  }
  return runs;
}

}  // namespace autofix::problems
