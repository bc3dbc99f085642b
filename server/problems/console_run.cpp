#include "server/problems/console_run.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "server/problems/failure_text.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

/// Deeper nesting than any person writes; a hostile output's names stay short.
constexpr std::size_t kMostLevels = 32;
constexpr int kMostCounted = 100'000'000;

bool any_of_words(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, text) != words.end();
}

}  // namespace

Output::Output(std::string_view whole) : text(whole), lines(lines_of(whole)) {}

std::string_view Output::block(std::size_t first, std::size_t end) const {
  if (first >= end || first >= lines.size()) return {};
  const char* begin = lines[first].data();
  const char* stop = end < lines.size() ? lines[end].data() : text.data() + text.size();
  return {begin, static_cast<std::size_t>(stop - begin)};
}

void add_test(TestReport& report, std::string name, Outcome outcome) {
  if (outcome == Outcome::passed) ++report.passed;
  if (outcome == Outcome::failed) ++report.failed;
  if (outcome == Outcome::skipped) ++report.skipped;
  if (report.tests.size() >= kMostNamedTests) return;
  if (name.size() > kMostNameBytes) name.resize(kMostNameBytes);
  report.tests.push_back({std::move(name), outcome});
}

void settle(TestReport& report, const Tally& tally) {
  const auto failed = std::ranges::count(report.tests, Outcome::failed, &TestCase::outcome);
  if (failed > tally.failed) report.tests.clear();
  report.passed = std::max(tally.passed, 0);
  report.failed = std::max(tally.failed, 0);
  report.skipped = std::max(tally.skipped, 0);
}

void append(TestReport& report, TestReport&& other) {
  add_count(report.passed, other.passed);
  add_count(report.failed, other.failed);
  add_count(report.skipped, other.skipped);
  std::ranges::move(other.tests, std::back_inserter(report.tests));
  std::ranges::move(other.problems, std::back_inserter(report.problems));
}

Problem failure_named(std::string name, std::string source) {
  if (name.size() > kMostNameBytes) name.resize(kMostNameBytes);
  Problem problem;
  problem.kind = ProblemKind::test_failure;
  problem.source = std::move(source);
  problem.code = name;
  problem.test.emplace();
  problem.test->name = std::move(name);
  return problem;
}

Problem* add_failure(TestReport& report, Problem problem, std::string_view text) {
  if (report.problems.size() >= kMostFailures) return nullptr;
  if (problem.message.empty()) problem.message = printable(exception_line(text));
  read_failure_text(text, problem);
  if (problem.message.empty()) problem.message = "the test fails";
  report.problems.push_back(std::move(problem));
  return &report.problems.back();
}

void add_count(int& sum, int count) {
  sum = std::min(sum + std::min(count, kMostCounted), kMostCounted);
}

bool take_count(std::string_view& text, int& count) {
  count = 0;
  std::size_t at = 0;
  for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
    count = std::min(count * 10 + (text[at] - '0'), kMostCounted);
  }
  text.remove_prefix(at);
  return at > 0;
}

bool take_tally(std::string_view text, std::string_view separator, Tally& tally) {
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    std::string_view part = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + separator.size());
    int count = 0;
    if (!take_count(part, count) || !take_prefix(part, " ")) return false;
    part = trimmed(part);
    if (any_of_words(part, {"failed", "error", "errors"})) add_count(tally.failed, count);
    if (any_of_words(part, {"passed", "xpassed", "xfailed", "failed as expected"}))
      add_count(tally.passed, count);
    if (any_of_words(part, {"skipped", "todo", "ignored", "pending"})) add_count(tally.skipped, count);
  }
  return true;
}

std::string_view without_duration(std::string_view text) {
  text = trimmed(text);
  const std::size_t space = text.rfind(' ');
  if (space == std::string_view::npos) return text;
  std::size_t from = space;
  std::string_view unit = text.substr(space + 1);
  const bool closed = unit.ends_with(')');
  if (closed) {
    unit.remove_suffix(1);
    if (!take_prefix(unit, "(")) {  // `(12 ms)`
      const std::size_t open = text.rfind(" (", space - (space > 0 ? 1 : 0));
      if (open == std::string_view::npos || open >= space) return text;
      from = open;
      unit = text.substr(open + 2, text.size() - open - 3);
    }
  }
  const std::size_t digits = std::min(unit.find_first_not_of("0123456789."), unit.size());
  if (digits == 0) return text;
  const std::string_view name = trimmed(unit.substr(digits));
  return any_of_words(name, {"ms", "s", "m"}) ? trimmed(text.substr(0, from)) : text;
}

void NameStack::open(std::size_t indent, std::string_view title) {
  while (!levels_.empty() && levels_.back().indent >= indent) levels_.pop_back();
  if (levels_.size() < kMostLevels) levels_.push_back({indent, std::string(title.substr(0, 1000))});
}

bool NameStack::close(std::size_t indent, std::string_view title) {
  while (!levels_.empty() && levels_.back().indent > indent) levels_.pop_back();
  if (levels_.empty() || levels_.back().indent != indent || levels_.back().title != title) return false;
  levels_.pop_back();
  return true;
}

std::string NameStack::name(std::size_t indent, std::string_view title, std::string_view separator) {
  while (!levels_.empty() && levels_.back().indent >= indent) levels_.pop_back();
  std::string name;
  for (const Level& level : levels_) name += level.title + std::string(separator);
  return name += title;
}

}  // namespace autofix::problems
