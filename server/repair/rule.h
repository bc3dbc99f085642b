// What a repair rule sees and what it answers. One file per family of rules in rules/; the table of them is
// in offline_source.cpp. A rule answers only when what it changes follows from the tool's own message and the
// project's own text; where two repairs are possible it answers nothing.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/fix/project_files.h"
#include "server/problems/problem.h"
#include "server/text/edit.h"

namespace autofix::repair {

enum class Language { other, c, cpp, python, script };

Language language_of(std::string_view path);

/// One place that a problem speaks of, in a file of the project.
struct Place {
  std::string path;   ///< project-relative
  std::string text;   ///< the file's bytes
  text::ByteSpan at;  ///< what the tool pointed at
  text::ByteSpan line;
  bool exact = false;  ///< the tool named a column, not only a line

  std::string_view line_text() const {
    return std::string_view(text).substr(line.begin, line.end - line.begin);
  }
};

struct Subject {
  const problems::Problem& problem;
  const fix::ProjectFiles& files;
  /// The problem's own place first; for a failing test the frames of its stack, innermost first. Files of the
  /// project only.
  std::vector<Place> places;
  /// Everything the tool said, line by line: the message, for a failing test its output's error lines too.
  std::vector<std::string> messages;
};

struct Repair {
  std::string rule;  ///< `missing-import`: what the result names as the model
  std::string path;
  std::vector<text::TextEdit> edits;
  std::string summary;  ///< one sentence for people
};

std::optional<Repair> did_you_mean(const Subject& subject);
std::optional<Repair> expected_token(const Subject& subject);
std::optional<Repair> missing_include(const Subject& subject);
std::optional<Repair> missing_python_import(const Subject& subject);
std::optional<Repair> missing_script_import(const Subject& subject);
std::optional<Repair> unused_import(const Subject& subject);

}  // namespace autofix::repair
