// Which lines of one text became which lines of another. The only place that knows the diff library.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace autofix::text {

/// Lines [before_begin, before_end) of the one text became [after_begin, after_end) of the other; one of the
/// two may be empty, not both.
struct LineChange {
  std::size_t before_begin = 0;
  std::size_t before_end = 0;
  std::size_t after_begin = 0;
  std::size_t after_end = 0;
  bool operator==(const LineChange&) const = default;
};

/// The lines of a text with their endings; no line at all for an empty text. `carriage_returns` says whether
/// a CR without LF ends a line, too: it does for editors, it does not for patch(1) and git.
std::vector<std::string_view> split_lines(std::string_view text, bool carriage_returns);

/// Sorted and apart from each other. Minimal for texts that differ in up to some thousand lines; beyond that
/// a part that has no line of its own in common is replaced as a whole, so that the time stays bounded.
std::vector<LineChange> diff_lines(std::span<const std::string_view> before,
                                   std::span<const std::string_view> after);

}  // namespace autofix::text
