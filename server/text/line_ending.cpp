#include "server/text/line_ending.h"

#include <cstddef>

namespace autofix::text {

LineEnding dominant_line_ending(std::string_view text) {
  std::size_t lf = 0;
  std::size_t crlf = 0;
  std::size_t cr = 0;
  for (std::size_t at = text.find_first_of("\r\n"); at != std::string_view::npos;
       at = text.find_first_of("\r\n", at + 1)) {
    if (text[at] == '\n') {
      ++lf;
    } else if (at + 1 < text.size() && text[at + 1] == '\n') {
      ++crlf;
      ++at;
    } else {
      ++cr;
    }
  }
  if (lf >= crlf && lf >= cr) return LineEnding::lf;
  return crlf >= cr ? LineEnding::crlf : LineEnding::cr;
}

std::string_view line_ending_bytes(LineEnding ending) {
  switch (ending) {
    case LineEnding::lf:
      return "\n";
    case LineEnding::crlf:
      return "\r\n";
    case LineEnding::cr:
      return "\r";
  }
  return "\n";
}

std::string with_line_ending(std::string_view text, LineEnding ending) {
  const std::string_view bytes = line_ending_bytes(ending);
  std::string result;
  result.reserve(text.size());
  std::size_t from = 0;
  for (std::size_t at = text.find_first_of("\r\n"); at != std::string_view::npos;
       at = text.find_first_of("\r\n", from)) {
    result += text.substr(from, at - from);
    result += bytes;
    from = at + (text.substr(at, 2) == "\r\n" ? 2 : 1);
  }
  result += text.substr(from);
  return result;
}

}  // namespace autofix::text
