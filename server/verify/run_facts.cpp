#include "server/verify/run_facts.h"

#include <algorithm>
#include <array>
#include <vector>

#include "server/fix/cache_entry.h"
#include "server/problems/readers.h"

namespace autofix::verify {
namespace {

using End = CommandResult::End;

constexpr std::size_t kTailBytes = 8'192;

/// The end of the output from a line's beginning on: what went wrong stands there.
std::string tail(const std::string& output) {
  std::string_view text = output;
  if (text.size() > kTailBytes) {
    text.remove_prefix(text.size() - kTailBytes);
    const std::size_t newline = text.find('\n');
    if (newline != std::string_view::npos) text.remove_prefix(newline + 1);
  }
  return problems::printable(text);
}

std::string way_of_ending(const CommandResult& result) {
  switch (result.end) {
    case End::timed_out:
      return "did not end in time";
    case End::signalled:
      return "was ended by signal " + std::to_string(result.exit_status);
    case End::over_limit:
      return "was ended: " + result.limit;
    case End::cancelled:
      return "was cancelled";
    case End::exited:
      break;
  }
  return result.exit_status == 0 ? "" : "ended with exit status " + std::to_string(result.exit_status);
}

void count(RunFacts& facts, const problems::TestReport& report) {
  int diagnostics = 0;
  for (const auto& [key, times] : facts.diagnostics) diagnostics += times;
  facts.counts = {report.failed, report.passed};
  facts.tests = !report.only_status;
  // Where no runner speaks, the report counts the exit status; what is wrong tells more.
  const bool only_status = report.tests.empty() && report.failed + report.passed + report.skipped <= 1;
  if (!only_status) return;
  facts.counts = facts.clean ? fix::RunCounts{0, 1} : fix::RunCounts{1, 0};
  if (diagnostics > 0) facts.counts = {diagnostics, 0};
}

std::vector<std::string_view> words_of_name(std::string_view name) {
  constexpr std::array kEndings = {"py", "js", "ts",  "jsx", "tsx",  "mjs", "cjs",
                                   "go", "rs", "cpp", "cc",  "java", "kt",  "rb"};
  // What separates the parts of a test's name in one tool or another; the last is half of a `›`.
  constexpr std::string_view kSeparators = ":./>#$ \\\xE2\x80\xBA";
  std::vector<std::string_view> words;
  while (!name.empty()) {
    const std::size_t end = name.find_first_of(kSeparators);
    const std::string_view word = name.substr(0, end);
    name.remove_prefix(end == std::string_view::npos ? name.size() : end + 1);
    if (!word.empty() && std::ranges::find(kEndings, word) == kEndings.end()) words.push_back(word);
  }
  return words;
}

}  // namespace

std::string path_in_project(const std::string& path, const RunPlace& place) {
  if (path.empty()) return path;
  const std::filesystem::path whole =
      (path.front() == '/' ? std::filesystem::path(path) : place.root / place.folder / path)
          .lexically_normal();
  const std::string relative = whole.lexically_relative(place.root).string();
  return relative.empty() || relative.starts_with("..") ? whole.string() : relative;
}

std::string diagnostic_key(const problems::Problem& problem) {
  return problem.path + "|" + problem.code + "|" + fix::normalised_message(problem.message, problem.path);
}

bool is_same_test(std::string_view a, std::string_view b) {
  if (a == b) return true;
  const auto words_a = words_of_name(a);
  const auto words_b = words_of_name(b);
  const std::size_t shared = std::min(words_a.size(), words_b.size());
  return shared > 0 && std::equal(words_a.rbegin(), words_a.rbegin() + static_cast<std::ptrdiff_t>(shared),
                                  words_b.rbegin());
}

RunFacts facts_of(const CommandResult& result, ReadOutput read, const RunPlace& place) {
  RunFacts facts;
  facts.ended = result.end == End::exited;
  facts.clean = facts.ended && result.exit_status == 0;
  facts.why = way_of_ending(result);
  facts.output = tail(result.output);
  const int status = facts.clean ? 0 : std::max(result.exit_status, 1);
  problems::TestReport report = read(result.output, status);
  for (const problems::TestCase& test : report.tests) {
    if (test.outcome == problems::TestCase::Outcome::passed) facts.passed.insert(test.name);
    if (test.outcome == problems::TestCase::Outcome::failed) facts.failed.insert(test.name);
    if (test.outcome == problems::TestCase::Outcome::skipped) facts.skipped.insert(test.name);
  }
  // Of a name that stands for several, one that fails is what counts.
  for (const std::string& name : facts.failed) facts.passed.erase(name);
  for (problems::Problem& problem : report.problems) {
    if (problem.kind == problems::ProblemKind::test_failure) {
      facts.failed.insert(problem.test->name);
      facts.passed.erase(problem.test->name);
      continue;
    }
    if (problem.path.empty()) continue;
    problem.path = path_in_project(problem.path, place);
    const std::string key = diagnostic_key(problem);
    ++facts.diagnostics[key];
    if (problem.severity > problems::Severity::warning) facts.minor.insert(key);
    facts.lines[key].insert(problem.range.start.line);
  }
  count(facts, report);
  return facts;
}

}  // namespace autofix::verify
