#include "server/problems/failure_text.h"

#include <algorithm>
#include <array>
#include <optional>

#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

constexpr std::size_t kMostFrames = 64;
constexpr std::size_t kMostOutput = 16 * 1024;

/// `File "x.py", line 3, in f`
bool python_frame(std::string_view line, StackFrame& frame) {
  line = trimmed(line);
  if (!take_prefix(line, "File \"")) return false;
  const std::size_t quote = line.find('"');
  if (quote == std::string_view::npos) return false;
  frame.path = line.substr(0, quote);
  line.remove_prefix(quote + 1);
  if (!take_prefix(line, ", line ")) return false;
  const auto number = take_number(line);
  if (!number) return false;
  frame.line = zero_based(*number);
  if (take_prefix(line, ", in ")) frame.function = trimmed(line);
  return true;
}

/// `at f (x.js:3:9)`, `at x.js:3:9`, Vitest's `❯ f x.js:3:9`, `at pkg.Class.f(File.java:12)`, Catch2's `at
/// x.cpp:9`
bool at_frame(std::string_view line, StackFrame& frame) {
  line = trimmed(line);
  const bool is_vitest = take_prefix(line, "❯ ");
  if (!is_vitest && !take_prefix(line, "at ")) return false;
  take_prefix(line, "async ");
  if (line.ends_with(" {")) line.remove_suffix(2);  // node:test lists an error's members behind its stack
  std::string_view place = line;
  if (const std::size_t open = line.rfind('('); open != std::string_view::npos && line.ends_with(')')) {
    frame.function = trimmed(line.substr(0, open));
    place = line.substr(open + 1, line.size() - open - 2);
  } else if (const std::size_t space = line.rfind(' '); is_vitest && space != std::string_view::npos) {
    frame.function = line.substr(0, space);
    place = line.substr(space + 1);
  }
  take_prefix(place, "file://");
  const auto location = take_location(place);
  if (!location || contains(location->path, " (")) return false;
  frame.path = location->path;
  frame.line = zero_based(location->line);
  return true;
}

/// Go's `	/app/x_test.go:9 +0x1a`, below the function's line.
bool go_frame(std::string_view line, StackFrame& frame) {
  if (!take_prefix(line, "\t")) return false;
  const auto location = take_location(line);
  if (!location || !location->path.ends_with(".go") || !location->rest.starts_with(" +0x")) return false;
  frame.path = location->path;
  frame.line = zero_based(location->line);
  return true;
}

/// pytest's `x.py:3: in f`, `x.py:3: Error`, `x.py:3: `, and every other line that begins with a place.
bool plain_frame(std::string_view line, StackFrame& frame) {
  const auto location = take_location(line);
  if (!location || contains(location->path, " ")) return false;
  std::string_view rest = location->rest;
  if (!take_prefix(rest, ":") && !rest.empty()) return false;
  rest = trimmed(rest);
  frame.path = location->path;
  frame.line = zero_based(location->line);
  if (take_prefix(rest, "in ")) frame.function = rest;
  return true;
}

std::string_view behind(std::string_view text, std::string_view label) {
  for (const std::string_view line : lines_of(text)) {
    std::string_view rest = trimmed(line);
    if (take_prefix(rest, label)) return trimmed(rest);
  }
  return {};
}

/// Splits `a == b` where the sign stands once and outside of quotes.
bool split_equation(std::string_view text, std::string& left, std::string& right) {
  char quote = 0;
  std::size_t place = std::string_view::npos;
  for (std::size_t at = 0; at + 3 < text.size(); ++at) {
    const char c = text[at];
    if (quote != 0) {
      if (c == '\\') {
        ++at;
      } else if (c == quote) {
        quote = 0;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (text.substr(at, 4) == " == ") {
      if (place != std::string_view::npos) return false;
      place = at;
    }
  }
  if (place == std::string_view::npos) return false;
  left = trimmed(text.substr(0, place));
  right = trimmed(text.substr(place + 4));
  return true;
}

}  // namespace

std::vector<StackFrame> read_frames(std::string_view text) {
  std::vector<StackFrame> frames;
  std::vector<StackFrame> inner_first;
  for (const std::string_view line : lines_of(text)) {
    if (frames.size() + inner_first.size() >= kMostFrames) break;
    StackFrame frame;
    if (python_frame(line, frame)) {
      frames.push_back(std::move(frame));
    } else if (frame = {}; at_frame(line, frame)) {
      inner_first.push_back(std::move(frame));
    } else if (frame = {}; go_frame(line, frame)) {
      inner_first.push_back(std::move(frame));
    } else if (frame = {}; plain_frame(line, frame)) {
      frames.push_back(std::move(frame));
    }
  }
  std::ranges::move(inner_first.rbegin(), inner_first.rend(), std::back_inserter(frames));
  return frames;
}

namespace {

/// Java's frames have no folders.
bool is_foreign_class(std::string_view function) {
  constexpr std::array<std::string_view, 8> kPackages = {"java.",  "java.base/", "jdk.",    "sun.",
                                                         "junit.", "org.junit.", "kotlin.", "org.gradle."};
  return std::ranges::any_of(kPackages,
                             [&](std::string_view package) { return function.starts_with(package); });
}

}  // namespace

const StackFrame* own_frame(const std::vector<StackFrame>& stack) {
  const auto own = std::find_if(stack.rbegin(), stack.rend(), [](const StackFrame& frame) {
    return !is_foreign_path(frame.path) && !is_foreign_class(frame.function);
  });
  return own == stack.rend() ? nullptr : &*own;
}

std::string exception_line(std::string_view text) {
  std::string found;
  bool in_block = false;
  bool after_traceback = false;
  std::string last_plain;
  for (const std::string_view line : lines_of(text)) {
    const bool marked = line.starts_with("E  ");
    if (marked && !in_block) found = trimmed(line.substr(1));
    in_block = marked;
    if (line.starts_with("Traceback (most recent call last)")) after_traceback = true;
    if (after_traceback && !line.empty() && line.front() != ' ' && !line.starts_with("Traceback")) {
      last_plain = line;
      after_traceback = false;
    }
  }
  return found.empty() ? last_plain : found;
}

namespace {

/// JUnit 5 and AssertJ: `expected: <1> but was: <2>`; JUnit 4 without the spaces.
bool take_junit_words(std::string_view message, TestFailure& test) {
  const auto bracketed = [&](std::string_view word) -> std::optional<std::string_view> {
    const std::size_t at = message.find(word);
    if (at == std::string_view::npos) return std::nullopt;
    const std::size_t begin = at + word.size();
    const std::size_t end = message.find('>', begin);
    if (end == std::string_view::npos) return std::nullopt;
    return message.substr(begin, end - begin);
  };
  const bool spaced = contains(message, "expected: <");
  const auto expected = bracketed(spaced ? "expected: <" : "expected:<");
  const auto actual = bracketed(spaced ? "but was: <" : "but was:<");
  if (!expected || !actual) return false;
  test.expected = *expected;
  test.actual = *actual;
  return true;
}

}  // namespace

void read_comparison(std::string_view message, std::string_view text, TestFailure& test) {
  test.expected = behind(text, "Expected: ");
  test.actual = behind(text, "Received: ");
  if (test.actual.empty()) test.actual = behind(text, "Actual: ");
  if (!test.expected.empty() || !test.actual.empty()) return;
  if (take_junit_words(message, test)) return;
  std::string_view equation = message.substr(0, message.find('\n'));
  if (const std::size_t expansion = text.find("with expansion:"); expansion != std::string_view::npos) {
    const std::vector<std::string_view> lines = lines_of(text.substr(expansion, 4096));
    if (lines.size() > 1) equation = trimmed(lines[1]);
  } else if (const std::size_t asserts = equation.find("assert "); asserts != std::string_view::npos) {
    equation.remove_prefix(asserts + 7);
  } else {
    return;
  }
  split_equation(equation, test.actual, test.expected);
}

void read_google_comparison(std::string_view message, TestFailure& test) {
  if (!take_prefix(message, "Expected equality of these values:")) return read_comparison({}, message, test);
  std::string* side = nullptr;
  for (const std::string_view line : lines_of(message)) {
    std::string_view value = trimmed(line);
    if (indentation(line) == 4 && take_prefix(value, "Which is: ") && side != nullptr) {
      *side = value;
    } else if (indentation(line) == 2 && side != &test.expected) {
      side = side == nullptr ? &test.actual : &test.expected;
      *side = value;
    }
  }
}

void read_failure_text(std::string_view text, Problem& problem) {
  TestFailure& test = *problem.test;
  test.stack = read_frames(text);
  if (problem.path.empty()) {
    if (const StackFrame* frame = own_frame(test.stack)) {
      problem.path = frame->path;
      problem.range = {{frame->line, 0}, {frame->line, 0}};
    }
  }
  if (test.expected.empty() && test.actual.empty()) read_comparison(problem.message, text, test);
  test.output = printable(text.size() > kMostOutput ? text.substr(text.size() - kMostOutput) : text);
}

void read_equation(std::string_view equation, TestFailure& test) {
  split_equation(equation, test.actual, test.expected);
}

}  // namespace autofix::problems
