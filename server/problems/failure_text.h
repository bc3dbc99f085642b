// What the text of one failed test or crash tells, whatever framework printed it: stack frames, the project's
// own innermost place, what was expected and what came.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/problems/problem.h"

namespace autofix::problems {

/// Frames in the order of the text, turned so that the innermost is last. Knows Python's tracebacks, pytest's
/// long and short form, JavaScript's and Java's `at …`, and lines that begin with `path:line`.
std::vector<StackFrame> read_frames(std::string_view text);

/// The innermost frame that belongs to the project; null when there is none.
const StackFrame* own_frame(const std::vector<StackFrame>& stack);

/// What pytest marks with `E`, the first line of the last such block; else the last line of a Python
/// traceback.
std::string exception_line(std::string_view text);

/// Fills in expected and actual where the text or the message says them.
void read_comparison(std::string_view message, std::string_view text, TestFailure& test);

/// GoogleTest's words: `Expected equality of these values:`, an expression and perhaps `Which is: 0` below
/// it, twice; or `Actual: false` and `Expected: true`.
void read_google_comparison(std::string_view message, TestFailure& test);

/// Stack, place, comparison and output from the text, into a problem that has its name and message.
void read_failure_text(std::string_view text, Problem& problem);

/// Actual and expected from an equation in plain text, `0 == 2`; nothing where it is none.
void read_equation(std::string_view equation, TestFailure& test);

}  // namespace autofix::problems
