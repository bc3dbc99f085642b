// Everything that a command printed. Each runner's reader finds its runs; here the outer ones are kept, and
// what stands outside of all runs is read as compilers' and interpreters' words.
#include <algorithm>
#include <array>
#include <iterator>
#include <map>
#include <optional>

#include "server/problems/console_run.h"
#include "server/problems/document.h"
#include "server/problems/failure_text.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

constexpr std::size_t kTailBytes = 6'000;
constexpr std::size_t kMostTracebacks = 1'000;

/// Python's own tracebacks, each as one problem; a chained one is told by its last part.
void read_tracebacks(const Output& output, Problems& out) {
  const std::vector<std::string_view>& lines = output.lines;
  for (std::size_t at = 0; at < lines.size() && out.size() < kMostTracebacks; ++at) {
    if (trimmed(lines[at]) != "Traceback (most recent call last):") continue;
    const std::size_t margin = indentation(lines[at]);
    std::size_t end = at + 1;
    while (end < lines.size() && (trimmed(lines[end]).empty() || indentation(lines[end]) > margin)) ++end;
    Problem problem;
    problem.source = "python";
    problem.message = end < lines.size() ? std::string(trimmed(lines[end])) : "an exception";
    const std::vector<StackFrame> frames = read_frames(output.block(at, std::min(end + 1, lines.size())));
    if (const StackFrame* frame = own_frame(frames)) {
      problem.path = frame->path;
      problem.range = {{frame->line, 0}, {frame->line, 0}};
    }
    for (const StackFrame& frame : frames) {
      problem.related.push_back(
          {frame.path, {{frame.line, 0}, {frame.line, 0}}, "called in " + frame.function});
    }
    out.push_back(std::move(problem));
    at = end;
  }
}

using Reader = ConsoleRuns (*)(const Output&);

/// Outer ones first: ctest shows what its tests print, and any runner what a test prints that starts another.
constexpr std::array<Reader, 17> kReaders = {
    ctest_runs,    pytest_runs,      maven_runs,  gotestsum_runs, cargo_runs, nextest_runs,
    jest_runs,     vitest_runs,      go_runs,     mocha_runs,     node_runs,  catch2_runs,
    unittest_runs, google_test_runs, gradle_runs, ant_runs,       tap_runs};

/// Those that are sure and lie in no other; where there is none, those of the first reader that found
/// anything.
ConsoleRuns outer_runs(const Output& output, std::size_t first_reader) {
  ConsoleRuns sure;
  ConsoleRuns unsure;
  for (std::size_t reader = first_reader; reader < kReaders.size(); ++reader) {
    const bool had_unsure = !unsure.empty();
    for (ConsoleRun& run : kReaders[reader](output)) {
      if (run.sure) {
        sure.push_back(std::move(run));
      } else if (!had_unsure) {
        unsure.push_back(std::move(run));
      }
    }
  }
  if (sure.empty()) return unsure;
  // Of two that share lines the longer one is the outer one; readers stand in the order that decides a draw.
  std::ranges::stable_sort(sure, std::greater<>(), [](const ConsoleRun& run) { return run.end - run.first; });
  std::map<std::size_t, ConsoleRun> kept;  // by the first line
  for (ConsoleRun& run : sure) {
    const auto next = kept.lower_bound(run.first);
    const bool reaches_next = next != kept.end() && next->second.first < run.end;
    const bool in_previous = next != kept.begin() && std::prev(next)->second.end > run.first;
    const std::size_t first = run.first;
    if (!reaches_next && !in_previous) kept.emplace(first, std::move(run));
  }
  ConsoleRuns outer;
  for (auto& [first, run] : kept) outer.push_back(std::move(run));
  return outer;
}

/// The lines that belong to no run.
std::string outside_of(const ConsoleRuns& runs, const Output& output) {
  std::string rest;
  std::size_t at = 0;
  for (const ConsoleRun& run : runs) {
    rest += output.block(at, run.first);
    at = std::max(at, run.end);
  }
  return rest += output.block(at, output.lines.size());
}

/// `printed` is free of control sequences.
TestReport read_printed(std::string_view printed, std::size_t first_reader, bool& has_tests) {
  const Output output(printed);
  ConsoleRuns runs = outer_runs(output, first_reader);
  TestReport report;
  const std::string rest = outside_of(runs, output);
  for (ConsoleRun& run : runs) append(report, std::move(run.report));
  has_tests = !runs.empty();
  read_tracebacks(Output(rest), report.problems);
  std::ranges::move(read_compiler_text(rest), std::back_inserter(report.problems));
  return report;
}

Problem tail_of(std::string_view text, int exit_status, std::string_view command) {
  Problem problem = failure_named(printable(command), "command");
  problem.message = "`" + printable(command) + "` failed with exit status " + std::to_string(exit_status);
  problem.test->output =
      text.size() > kTailBytes ? std::string(text.substr(text.size() - kTailBytes)) : std::string(text);
  return problem;
}

}  // namespace

TestReport read_test_output(std::string_view text) {
  bool has_tests = false;
  return read_printed(text, 1, has_tests);
}

bool explain_by_output(std::string_view text, Problem& problem) {
  const TestReport inner = read_test_output(text);
  if (inner.problems.empty()) return false;
  const Problem& first = inner.problems.front();
  problem.message = first.message;
  problem.path = first.path;
  problem.range = first.range;
  problem.related = first.related;
  if (problem.test && first.test) {
    problem.test->expected = first.test->expected;
    problem.test->actual = first.test->actual;
  }
  return true;
}

TestReport read_output(std::string_view output, int exit_status) {
  const std::string text = printable(output);
  std::optional<Document> document = find_document(text);
  // A runner that writes a report for programs may say the same for people beside it.
  if (document && document->report) return std::move(*document->report);
  bool has_tests = false;
  TestReport report =
      read_printed(document ? std::string_view(document->rest) : std::string_view(text), 0, has_tests);
  if (document) std::ranges::move(document->diagnostics, std::back_inserter(report.problems));
  if (!has_tests) (exit_status == 0 ? report.passed : report.failed) = 1;
  report.only_status = !has_tests;
  return report;
}

Problems read_run_output(std::string_view output, int exit_status, std::string_view command) {
  if (exit_status == 0) return {};
  Problems problems = read_output(output, exit_status).problems;
  // A failing test is the reason; warnings of a build before it are not.
  const auto is_failure = [](const Problem& problem) { return problem.kind == ProblemKind::test_failure; };
  if (std::ranges::any_of(problems, is_failure)) {
    std::erase_if(problems, [&](const Problem& problem) {
      return !is_failure(problem) && problem.severity != Severity::error;
    });
  }
  if (problems.empty()) problems.push_back(tail_of(printable(output), exit_status, command));
  return problems;
}

}  // namespace autofix::problems
