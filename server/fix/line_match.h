// Finding the lines of a search text among the lines of a file, rung by rung, and building what takes their
// place from the file's own bytes wherever the change leaves a line alone.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/fix/locate.h"

namespace autofix::fix {

/// A text as lines without their endings, and where each begins.
struct TextLines {
  explicit TextLines(std::string_view text);

  std::string_view source;
  std::vector<std::string_view> lines;
  std::vector<std::size_t> begins;  ///< one more than lines: the last is the text's size

  /// With its ending.
  std::string_view full(std::size_t line) const {
    return source.substr(begins[line], begins[line + 1] - begins[line]);
  }
};

std::string_view without_indentation(std::string_view line);
std::string_view indentation_of(std::string_view line);
bool is_blank(std::string_view line);
/// Runs of white space become one blank; none at either end.
std::string collapsed(std::string_view line);

/// All line numbers where the search lines stand, compared as the rung says (exact to whitespace).
std::vector<std::size_t> find_lines(const TextLines& file, const TextLines& search, Rung rung);

/// How alike two lines are, from 0 to 1, white space aside: shared pairs of neighbouring characters.
double similarity(std::string_view a, std::string_view b);

/// The place that is most like the search, when it is alike enough and clearly more so than the second best.
std::optional<std::size_t> find_fuzzy(const TextLines& file, const TextLines& search);

/// The line of the file that is most like the first telling line of the search; nothing when none is alike.
std::optional<std::size_t> nearest_line(const TextLines& file, const TextLines& search);

/// The new text for the lines [first, first + search lines) of the file. Lines that search and replacement
/// share keep the file's bytes; new ones follow the file's indentation and line ending. Empty when a line
/// that the edit changes is not the file's line (white space aside): then the model has seen another text.
std::optional<std::string> rebuild(const TextLines& file, std::size_t first, const TextLines& search,
                                   const TextLines& replacement, Rung rung);

}  // namespace autofix::fix
