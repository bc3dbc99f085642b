#include "server/verify/count_tests.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <optional>
#include <string_view>

#include "server/problems/readers.h"

namespace autofix::verify {
namespace {

using fix::RunCounts;
using Lines = std::vector<std::string_view>;

Lines split_lines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const std::size_t end = text.find_first_of("\r\n");
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

std::string_view trimmed(std::string_view text, std::string_view drop = " \t") {
  const std::size_t begin = text.find_first_not_of(drop);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(drop) - begin + 1);
}

bool starts_with(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

/// The number that `text` opens with, which moves on behind it. Output may hold any number of digits.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  std::size_t at = 0;
  while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
    number = std::min(number * 10 + (text[at] - '0'), 100'000'000);
    ++at;
  }
  if (at == 0) return std::nullopt;
  text.remove_prefix(at);
  return number;
}

/// Collects what the summary lines of one runner say; several runs in one output add up.
struct Sum {
  RunCounts counts;
  bool found = false;

  void add(int failed, int passed) {
    counts.failed += std::max(failed, 0);
    counts.passed += std::max(passed, 0);
    found = true;
  }
  std::optional<RunCounts> value() const { return found ? std::optional(counts) : std::nullopt; }
};

/// `3 passed`, `1 failed`, … between separators. False when a part is something else.
bool add_parts(std::string_view text, std::string_view separator, RunCounts& counts) {
  if (text.empty()) return false;
  while (!text.empty()) {
    const std::size_t end = text.find(separator);
    std::string_view part = trimmed(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + separator.size());
    const auto number = take_number(part);
    if (!number || part.empty() || part.front() != ' ') return false;
    part = trimmed(part);
    if (part == "failed" || part == "error" || part == "errors") counts.failed += *number;
    if (part == "passed") counts.passed += *number;
  }
  return true;
}

/// `90% tests passed, 1 tests failed out of 10`
std::optional<RunCounts> count_ctest(const Lines& lines) {
  Sum sum;
  for (std::string_view line : lines) {
    constexpr std::string_view kPassed = "% tests passed, ";
    const auto percent = take_number(line);
    if (!percent || !starts_with(line, kPassed)) continue;
    line.remove_prefix(kPassed.size());
    const auto failed = take_number(line);
    const std::size_t out_of = line.find("failed out of ");
    if (!failed || out_of == std::string_view::npos) continue;
    line.remove_prefix(out_of + std::string_view("failed out of ").size());
    if (const auto all = take_number(line)) sum.add(*failed, *all - *failed);
  }
  return sum.value();
}

/// `==== 1 failed, 3 passed, 1 error in 0.12s ====`, with -q without the frame.
std::optional<RunCounts> count_pytest(const Lines& lines) {
  Sum sum;
  for (const std::string_view raw : lines) {
    const std::string_view line = trimmed(raw, "= \t");
    const std::size_t in = line.rfind(" in ");
    if (in == std::string_view::npos) continue;
    std::string_view time = line.substr(in + 4);
    if (!take_number(time) || time.find('s') == std::string_view::npos) continue;
    RunCounts counts;
    if (line.substr(0, in) == "no tests ran" || add_parts(line.substr(0, in), ",", counts)) {
      sum.add(counts.failed, counts.passed);
    }
  }
  return sum.value();
}

/// `test result: FAILED. 2 passed; 1 failed; 0 ignored; …`, one line per crate and one for its doc tests.
std::optional<RunCounts> count_cargo(const Lines& lines) {
  Sum sum;
  for (std::string_view line : lines) {
    line = trimmed(line);
    if (!starts_with(line, "test result: ")) continue;
    const std::size_t dot = line.find(". ");
    if (dot == std::string_view::npos) continue;
    RunCounts counts;
    add_parts(line.substr(dot + 2), ";", counts);  // the time at the end is no such part, and the last
    sum.add(counts.failed, counts.passed);
  }
  return sum.value();
}

/// `Tests:       1 failed, 2 passed, 3 total`
std::optional<RunCounts> count_jest(const Lines& lines) {
  Sum sum;
  for (std::string_view line : lines) {
    line = trimmed(line);
    if (!starts_with(line, "Tests:")) continue;
    RunCounts counts;
    if (add_parts(trimmed(line.substr(6)), ",", counts)) sum.add(counts.failed, counts.passed);
  }
  return sum.value();
}

/// Verbose runs name every test; others name the failing ones, and the packages that are fine.
std::optional<RunCounts> count_go(const Lines& lines) {
  RunCounts tests;
  RunCounts packages;
  for (const std::string_view raw : lines) {
    const std::string_view line = trimmed(raw);
    if (starts_with(line, "--- FAIL: ")) ++tests.failed;
    if (starts_with(line, "--- PASS: ")) ++tests.passed;
    if (starts_with(raw, "ok  \t")) ++packages.passed;
    if (starts_with(raw, "FAIL\t")) ++packages.failed;
  }
  if (packages.passed + packages.failed == 0) return std::nullopt;
  if (tests.failed == 0) tests.failed = packages.failed;  // it did not build, or panicked
  if (tests.passed == 0) tests.passed = packages.passed;
  return tests;
}

/// `test cases: 3 | 2 passed | 1 failed`, or `All tests passed (4 assertions in 2 test cases)`.
std::optional<RunCounts> count_catch2(const Lines& lines) {
  Sum sum;
  for (std::string_view line : lines) {
    if (const std::size_t cases = line.find("test cases:"); cases != std::string_view::npos) {
      const std::size_t bar = line.find('|', cases);
      RunCounts counts;
      if (bar == std::string_view::npos || !add_parts(line.substr(bar + 1), "|", counts)) continue;
      sum.add(counts.failed, counts.passed);
    } else if (starts_with(line, "All tests passed (")) {
      const std::size_t in = line.find(" in ");
      if (in == std::string_view::npos) continue;
      line.remove_prefix(in + 4);
      if (const auto all = take_number(line)) sum.add(0, *all);
    }
  }
  return sum.value();
}

/// The number after `name=` in `FAILED (failures=1, errors=1)`.
int unittest_part(std::string_view line, std::string_view name) {
  std::size_t at = line.find(name);
  // `failures=` also ends `expected failures=`.
  while (at != std::string_view::npos && at > 0 && line[at - 1] == ' ' && at > 1 && line[at - 2] == 'd') {
    at = line.find(name, at + 1);
  }
  if (at == std::string_view::npos) return 0;
  line.remove_prefix(at + name.size());
  return take_number(line).value_or(0);
}

/// `Ran 3 tests in 0.001s`, an empty line, then `OK (skipped=1)` or `FAILED (failures=1, errors=1)`.
std::optional<RunCounts> count_unittest(const Lines& lines) {
  Sum sum;
  int ran = -1;
  for (std::string_view line : lines) {
    if (starts_with(line, "Ran ")) {
      line.remove_prefix(4);
      const auto number = take_number(line);
      ran = number && starts_with(line, " test") ? *number : -1;
    } else if (ran >= 0 && (line == "OK" || starts_with(line, "OK (") || starts_with(line, "FAILED ("))) {
      const int failed = unittest_part(line, "failures=") + unittest_part(line, "errors=") +
                         unittest_part(line, "unexpected successes=");
      const int neither = unittest_part(line, "skipped=") + unittest_part(line, "expected failures=");
      sum.add(failed, ran - failed - neither);
      ran = -1;
    }
  }
  return sum.value();
}

}  // namespace

RunCounts count_tests(const CommandResult& result) {
  const bool passed = result.end == CommandResult::End::exited && result.exit_status == 0;
  const std::string text = problems::printable(result.output);
  const Lines lines = split_lines(text);
  // A runner's output may hold another's: ctest shows what its failing tests printed. The outer one counts.
  constexpr std::array kRunners = {count_ctest, count_pytest, count_cargo,   count_jest,
                                   count_go,    count_catch2, count_unittest};
  for (const auto& count : kRunners) {
    if (const auto counts = count(lines)) return *counts;
  }
  return passed ? RunCounts{0, 1} : RunCounts{1, 0};
}

}  // namespace autofix::verify
