// One thing that is wrong in a project: a diagnostic of any tool, or a failing test. Readers (one file per
// format) make these; nothing here says how to fix them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/text/position.h"

namespace autofix::problems {

enum class Severity { error = 1, warning = 2, information = 3, hint = 4 };

enum class ProblemKind { diagnostic, test_failure };

/// A place that helps to understand a problem. Paths are as the tool spelled them until fix/ resolves them
/// against the project's root.
struct RelatedLocation {
  std::string path;
  text::Range range;
  std::string message;
};

/// Innermost frame last, as Python prints them; readers of other formats turn theirs round.
struct StackFrame {
  std::string path;
  std::uint32_t line = 0;  ///< zero-based
  std::string function;
};

struct TestFailure {
  std::string name;  ///< as its framework selects it where known: `tests/test_x.py::test_y`, `suite.case`
  std::string class_name;  ///< JUnit's classname, empty elsewhere
  std::string expected;    ///< empty where the report does not say
  std::string actual;
  std::vector<StackFrame> stack;
  std::string
      output;  ///< what the test printed, and the report's full failure text; control sequences removed
};

/// The tool's own fix, where it is one replacement in the problem's file.
struct SuggestedEdit {
  text::Range range;  ///< in the problem's encoding
  std::string text;
};

struct Problem {
  std::string path;   ///< as reported; empty where the report names no file
  text::Range range;  ///< character counts in `encoding`
  text::PositionEncoding encoding = text::PositionEncoding::utf8;
  std::string message;
  std::string source;  ///< the tool: `clangd`, `gcc`, `pytest`, …
  std::string code;    ///< the tool's name of the rule; empty where it has none
  Severity severity = Severity::error;
  std::vector<RelatedLocation> related;
  ProblemKind kind = ProblemKind::diagnostic;
  std::optional<TestFailure> test;  ///< set exactly when kind is test_failure
  std::optional<SuggestedEdit> suggested;
};

/// Why a report could not be read, for people: what is wrong, and where in the report.
struct ReadError {
  std::string message;
};

}  // namespace autofix::problems
