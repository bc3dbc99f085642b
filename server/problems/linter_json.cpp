// What linters write as JSON: ESLint, ruff, pyright, ShellCheck (json, json1), rustc's messages through
// cargo.
#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "server/problems/json_report.h"
#include "server/problems/json_shape.h"
#include "server/problems/text_scan.h"
#include "server/text/json.h"

namespace autofix::problems {
namespace {

using nlohmann::json;

std::string text_of(JsonShape& shape, const json& parent, const char* key) {
  return printable(shape.string(parent, key).value_or(""));
}

/// A position that counts from one.
text::Position place_of(JsonShape& shape, const json& parent, const char* line, const char* column) {
  return {zero_based(shape.number(parent, line).value_or(1)),
          zero_based(shape.number(parent, column).value_or(1))};
}

text::Range range_of(text::Position start, text::Position end) {
  return {start, end > start ? end : start};
}

Severity severity_of(std::string_view word) {
  if (word == "error" || word == "fatal") return Severity::error;
  if (word == "warning") return Severity::warning;
  if (word == "hint" || word == "style") return Severity::hint;
  return Severity::information;
}

Problem eslint_message(const json& message, const std::string& path, JsonShape& shape) {
  Problem problem;
  problem.path = path;
  problem.encoding = text::PositionEncoding::utf16;
  problem.source = "eslint";
  problem.code = text_of(shape, message, "ruleId");
  problem.message = text_of(shape, message, "message");
  problem.severity = shape.number(message, "severity").value_or(2) == 1 ? Severity::warning : Severity::error;
  const text::Position start = place_of(shape, message, "line", "column");
  problem.range = range_of(start, start);
  if (JsonShape::find(message, "endLine") != nullptr) {
    problem.range = range_of(start, place_of(shape, message, "endLine", "endColumn"));
  }
  return problem;
}

Problem ruff_message(const json& message, JsonShape& shape) {
  Problem problem;
  problem.path = text_of(shape, message, "filename");
  problem.encoding = text::PositionEncoding::utf32;
  problem.source = "ruff";
  problem.code = text_of(shape, message, "code");
  problem.message = text_of(shape, message, "message");
  problem.severity = severity_of(shape.string(message, "severity").value_or("warning"));
  problem.range = range_of(place_of(shape, shape.object(message, "location"), "row", "column"),
                           place_of(shape, shape.object(message, "end_location"), "row", "column"));
  const json& edits = shape.array(shape.object(message, "fix"), "edits");
  if (edits.size() == 1) {
    const json& edit = shape.as_object(edits.front(), "an edit");
    problem.suggested =
        SuggestedEdit{range_of(place_of(shape, shape.object(edit, "location"), "row", "column"),
                               place_of(shape, shape.object(edit, "end_location"), "row", "column")),
                      shape.string(edit, "content").value_or("")};
  }
  return problem;
}

Problem shellcheck_comment(const json& comment, JsonShape& shape) {
  Problem problem;
  problem.path = text_of(shape, comment, "file");
  problem.encoding = text::PositionEncoding::utf32;
  problem.source = "shellcheck";
  problem.code = "SC" + std::to_string(shape.number(comment, "code").value_or(0));
  problem.message = text_of(shape, comment, "message");
  problem.severity = severity_of(shape.string(comment, "level").value_or(""));
  problem.range =
      range_of(place_of(shape, comment, "line", "column"), place_of(shape, comment, "endLine", "endColumn"));
  return problem;
}

text::Position lsp_position(JsonShape& shape, const json& range, const char* key) {
  const json& position = shape.object(range, key);
  return {shape.number(position, "line").value_or(0), shape.number(position, "character").value_or(0)};
}

Problem pyright_diagnostic(const json& diagnostic, JsonShape& shape) {
  Problem problem;
  problem.path = text_of(shape, diagnostic, "file");
  problem.encoding = text::PositionEncoding::utf16;
  problem.source = "pyright";
  problem.code = text_of(shape, diagnostic, "rule");
  problem.message = text_of(shape, diagnostic, "message");
  problem.severity = severity_of(shape.string(diagnostic, "severity").value_or("error"));
  const json& range = shape.object(diagnostic, "range");
  problem.range = range_of(lsp_position(shape, range, "start"), lsp_position(shape, range, "end"));
  return problem;
}

using ReadOne = Problem (*)(const json&, JsonShape&);

Problems read_each(const json& list, ReadOne read, JsonShape& shape) {
  Problems problems;
  for (std::size_t n = 0; n < list.size() && shape.ok(); ++n) {
    shape.enter("diagnostic " + std::to_string(n + 1));
    problems.push_back(read(shape.as_object(list[n], "the element"), shape));
  }
  return problems;
}

Problems read_eslint(const json& files, JsonShape& shape) {
  Problems problems;
  for (std::size_t n = 0; n < files.size() && shape.ok(); ++n) {
    shape.enter("file " + std::to_string(n + 1));
    const json& file = shape.as_object(files[n], "the file");
    const std::string path = text_of(shape, file, "filePath");
    for (const json& message : shape.array(file, "messages")) {
      problems.push_back(eslint_message(shape.as_object(message, "a message"), path, shape));
    }
  }
  return problems;
}

bool has(const json& value, const char* a, const char* b) {
  return JsonShape::find(value, a) != nullptr && JsonShape::find(value, b) != nullptr;
}

// rustc
// ---------------------------------------------------------------------------------------------------------

text::Range rust_range(const json& span, JsonShape& shape) {
  return range_of(place_of(shape, span, "line_start", "column_start"),
                  place_of(shape, span, "line_end", "column_end"));
}

/// The places of a message and of its notes; and the replacement that can be made by machine, if it is the
/// only one.
void read_children(const json& message, Problem& problem, JsonShape& shape) {
  for (const json& child : shape.array(message, "children")) {
    for (const json& span : shape.array(shape.as_object(child, "a child"), "spans")) {
      const json& place = shape.as_object(span, "a span");
      const auto replacement = shape.string(place, "suggested_replacement");
      const bool sure = shape.string(place, "suggestion_applicability").value_or("") == "MachineApplicable";
      if (replacement && sure && shape.array(child, "spans").size() == 1 &&
          text_of(shape, place, "file_name") == problem.path) {
        problem.suggested = SuggestedEdit{rust_range(place, shape), *replacement};
      }
      problem.related.push_back(
          {text_of(shape, place, "file_name"), rust_range(place, shape), text_of(shape, child, "message")});
    }
  }
}

std::optional<Problem> rust_message(const json& message, JsonShape& shape) {
  Problem problem;
  problem.encoding = text::PositionEncoding::utf32;
  problem.source = "rustc";
  problem.message = text_of(shape, message, "message");
  problem.severity = severity_of(shape.string(message, "level").value_or(""));
  problem.code = text_of(shape, shape.object(message, "code"), "code");
  if (problem.code.starts_with("clippy::")) problem.source = "clippy";
  bool has_place = false;
  for (const json& span : shape.array(message, "spans")) {
    const json& place = shape.as_object(span, "a span");
    const json* primary = JsonShape::find(place, "is_primary");
    const bool is_primary = primary != nullptr && primary->is_boolean() && primary->get<bool>();
    if (is_primary && !has_place) {
      problem.path = text_of(shape, place, "file_name");
      problem.range = rust_range(place, shape);
      has_place = true;
    } else if (const std::string label = text_of(shape, place, "label"); !label.empty()) {
      problem.related.push_back({text_of(shape, place, "file_name"), rust_range(place, shape), label});
    }
  }
  if (!has_place) return std::nullopt;  // `aborting due to 2 previous errors`
  read_children(message, problem, shape);
  return problem;
}

}  // namespace

std::optional<Read> read_linter_json(const json& root) {
  JsonShape shape;
  Problems problems;
  const json& first = root.is_array() && !root.empty() ? root.front() : root;
  if (root.is_array() && has(first, "filePath", "messages")) {
    problems = read_eslint(root, shape);
  } else if (root.is_array() && has(first, "filename", "location")) {
    problems = read_each(root, ruff_message, shape);
  } else if (root.is_array() && has(first, "file", "endColumn")) {
    problems = read_each(root, shellcheck_comment, shape);
  } else if (root.is_object() && JsonShape::find(root, "comments") != nullptr) {
    problems = read_each(shape.array(root, "comments"), shellcheck_comment, shape);
  } else if (root.is_object() && JsonShape::find(root, "generalDiagnostics") != nullptr) {
    problems = read_each(shape.array(root, "generalDiagnostics"), pyright_diagnostic, shape);
  } else {
    return std::nullopt;
  }
  if (!shape.ok()) return tl::unexpected(ReadError{"diagnostics: " + shape.error()});
  return problems;
}

Read read_cargo_json(std::string_view content) {
  JsonShape shape;
  Problems problems;
  std::size_t number = 0;
  for (const std::string_view line : lines_of(content)) {
    ++number;
    if (!line.starts_with("{\"reason\"")) continue;
    const std::string place = "line " + std::to_string(number);
    const auto value = text::parse_json(line);
    if (!value) return tl::unexpected(ReadError{place + ": " + value.error()});
    shape.enter(place);
    if (shape.string(*value, "reason").value_or("") != "compiler-message") continue;
    auto problem = rust_message(shape.object(*value, "message"), shape);
    if (!shape.ok()) return tl::unexpected(ReadError{shape.error()});
    if (problem) problems.push_back(std::move(*problem));
  }
  if (!shape.ok()) return tl::unexpected(ReadError{shape.error()});
  return problems;
}

}  // namespace autofix::problems
