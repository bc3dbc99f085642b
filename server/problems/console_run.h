// What the readers of runners' console output share: the output as lines, one run that was found in it, and
// the ways to fill a TestReport. Deliberately no registry: run_output.cpp calls each reader by name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/problems/test_report.h"

namespace autofix::problems {

/// A command's output, free of control sequences, as text and as its lines. Lives as long as the text does.
struct Output {
  explicit Output(std::string_view whole);

  /// The text of the lines from `first` up to `end`, which does not belong to it.
  std::string_view block(std::size_t first, std::size_t end) const;

  std::string_view text;
  std::vector<std::string_view> lines;
};

/// One run of one runner within an output.
struct ConsoleRun {
  std::size_t first = 0;  ///< its first line
  std::size_t end = 0;    ///< the line behind its last
  bool sure = true;       ///< false where nothing but a summary line speaks for it
  TestReport report;
};
using ConsoleRuns = std::vector<ConsoleRun>;

ConsoleRuns ctest_runs(const Output& output);
ConsoleRuns pytest_runs(const Output& output);
ConsoleRuns unittest_runs(const Output& output);
ConsoleRuns cargo_runs(const Output& output);
ConsoleRuns nextest_runs(const Output& output);
ConsoleRuns go_runs(const Output& output);
ConsoleRuns gotestsum_runs(const Output& output);
ConsoleRuns jest_runs(const Output& output);
ConsoleRuns vitest_runs(const Output& output);
ConsoleRuns mocha_runs(const Output& output);
ConsoleRuns node_runs(const Output& output);
ConsoleRuns catch2_runs(const Output& output);
ConsoleRuns google_test_runs(const Output& output);
ConsoleRuns maven_runs(const Output& output);
ConsoleRuns gradle_runs(const Output& output);
ConsoleRuns ant_runs(const Output& output);
ConsoleRuns tap_runs(const Output& output);

/// What one test of a runner of runners (ctest) printed: everything but ctest's own shapes.
TestReport read_test_output(std::string_view text);

/// Words, place and comparison of the first failure that `text` tells of. False when it tells of none.
bool explain_by_output(std::string_view text, Problem& problem);

using Outcome = TestCase::Outcome;

/// Tests beyond these are counted and not kept, and so are problems; a name is cut. A hostile report would
/// else turn one long group title into gigabytes of names.
inline constexpr std::size_t kMostNamedTests = 200'000;
inline constexpr std::size_t kMostFailures = 10'000;
inline constexpr std::size_t kMostNameBytes = 1'000;

/// One test and its place in the tallies.
void add_test(TestReport& report, std::string name, Outcome outcome);

struct Tally {
  int passed = 0;
  int failed = 0;
  int skipped = 0;
};

/// The runner's own summary, which overrules what was counted. Names that contradict it (more failures than
/// the summary knows of: some were expected, or printed by a test) are not kept.
void settle(TestReport& report, const Tally& tally);

/// Another run of the same output.
void append(TestReport& report, TestReport&& other);

/// A test failure that has nothing but its name.
Problem failure_named(std::string name, std::string source);

/// Message, place, stack and comparison from `text` where the problem lacks them, and the problem into the
/// report. Null where the report has enough of them.
Problem* add_failure(TestReport& report, Problem problem, std::string_view text);

/// Sums stay far from where an int ends.
void add_count(int& sum, int count);

/// A tally's part: the number, which output may spell with any number of digits, taken off `text`.
bool take_count(std::string_view& text, int& count);

/// `3 passed, 1 failed` between separators, as pytest, cargo, jest, vitest and Catch2 write their summaries.
/// False where a part is something else; the tally then holds the parts before it.
bool take_tally(std::string_view text, std::string_view separator, Tally& tally);

/// The text without the duration that it ends with: ` (12 ms)`, ` (0.00s)`, ` 12ms`.
std::string_view without_duration(std::string_view text);

/// Names of nested tests by their indentation, as Mocha, Jest and node:test print them.
class NameStack {
 public:
  /// A group's title at this indentation; deeper ones end.
  void open(std::size_t indent, std::string_view title);
  /// Whether this is the last line of the group that is open at this indentation, which ends with it.
  bool close(std::size_t indent, std::string_view title);
  std::string name(std::size_t indent, std::string_view title, std::string_view separator);

 private:
  struct Level {
    std::size_t indent;
    std::string title;
  };
  std::vector<Level> levels_;
};

}  // namespace autofix::problems
