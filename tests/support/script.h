// A conversation with the server as lines of text: one step per line, what belongs to a step indented below
// it. This is the reader; script_player.h plays. tests/fixtures/README.md describes the steps.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace autofix::test {

enum class Verb {
  initialize,
  open,
  change,
  close,
  write,
  remove,
  diagnostics,
  actions,
  choose,
  fix,
  request,
  notify,
  cancel,
  edits,
  answer,
  configuration,
  release,
  expect_capabilities,
  expect_result,
  expect_error,
  expect_edit,
  expect_message,
  expect_session,
  expect_progress,
  expect_diagnostics,
  expect_document,
  expect_asked,
  expect_notification,
  expect_request,
  expect_no_notification,
  expect_no_request
};

/// `line:column[-column]` or `line:column-line:column`, one-based as compilers print it and zero-based here.
struct ScriptRange {
  int line = 0;
  int column = 0;
  int end_line = 0;
  int end_column = 0;

  nlohmann::json json() const;
};
/// Throws where the text is none.
ScriptRange read_range(const std::string& text);
std::string written_range(const nlohmann::json& range);

/// `RANGE: [severity: ]message`, an error where no severity is named.
struct ScriptProblem {
  ScriptRange range;
  int severity = 1;
  std::string message;
};
ScriptProblem read_problem(const std::string& text);
std::string written_problem(const nlohmann::json& diagnostic);

struct Step {
  int line = 0;
  int last_line = 0;  ///< of what is indented below it
  std::string head;   ///< the step's line without its JSON
  Verb verb{};
  std::string path;
  std::string word;
  std::string text;
  std::optional<ScriptRange> range;
  std::vector<std::pair<std::string, std::string>> options;
  std::optional<nlohmann::ordered_json> json;
  bool json_below = false;  ///< on lines of its own
  std::vector<ScriptProblem> problems;
  std::vector<std::string> lines;         ///< titles
  std::optional<std::string> text_below;  ///< the lines behind `|`, each with its line feed

  bool has(const std::string& option) const;
  std::optional<std::string> option(const std::string& name) const;
};

/// Throws std::runtime_error `line N: …` where the text is no script. `first_line`: the number of its first
/// line.
std::vector<Step> read_script(const std::string& text, int first_line = 1);

}  // namespace autofix::test
