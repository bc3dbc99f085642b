// Line endings as a property of a text that new text has to follow.
#pragma once

#include <string>
#include <string_view>

namespace autofix::text {

enum class LineEnding { lf, crlf, cr };

/// The ending most lines have; LF for a text without any.
LineEnding dominant_line_ending(std::string_view text);

std::string_view line_ending_bytes(LineEnding ending);

/// `text` with every line ending replaced by `ending`.
std::string with_line_ending(std::string_view text, LineEnding ending);

}  // namespace autofix::text
