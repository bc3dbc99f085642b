// Small pieces that the readers of the reply formats share: lines, fences, and paths as models write them.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autofix::fix {

/// One line of a reply; `text` is without its ending, `full` with it.
struct ReplyLine {
  std::string_view text;
  std::string_view full;
};

std::vector<ReplyLine> reply_lines(std::string_view text);

/// The lines [first, last) as they stand in the reply.
std::string joined_lines(const std::vector<ReplyLine>& lines, std::size_t first, std::size_t last);

std::string_view trimmed_text(std::string_view text);

/// The fence's info (may be empty) when the line opens or closes a code fence.
std::optional<std::string_view> fence_info(std::string_view line);

/// The path that a line names: bare, in backticks, bold, quoted, as a heading, after `File:`, or as a fence's
/// info (`python app/x.py`, `app/x.py`, `python:app/x.py`). Empty when it names none.
std::string path_in_line(std::string_view line);
std::string path_in_fence_info(std::string_view info);

/// The first sentence of prose in the text: not a path, not a fence, not a marker; at most 200 bytes.
std::string first_sentence(std::string_view text);

}  // namespace autofix::fix
