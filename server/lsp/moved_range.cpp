#include "server/lsp/moved_range.h"

#include <algorithm>
#include <vector>

namespace autofix::lsp {
namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n')) {
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  lines.push_back(text);
  return lines;
}

}  // namespace

text::Range moved_range(const text::Range& range, std::string_view before, std::string_view now) {
  const std::vector<std::string_view> old_lines = lines_of(before);
  const std::vector<std::string_view> new_lines = lines_of(now);
  const auto differ = std::ranges::mismatch(old_lines, new_lines);
  const auto same_above = static_cast<std::size_t>(differ.in1 - old_lines.begin());
  const std::size_t most = std::min(old_lines.size(), new_lines.size()) - same_above;
  std::size_t same_below = 0;
  while (same_below < most &&
         old_lines[old_lines.size() - 1 - same_below] == new_lines[new_lines.size() - 1 - same_below]) {
    ++same_below;
  }
  const auto moved = [&](text::Position position) {
    if (position.line + same_below >= old_lines.size())
      position.line = static_cast<std::uint32_t>(position.line + new_lines.size() - old_lines.size());
    position.line = std::min(position.line, static_cast<std::uint32_t>(new_lines.size() - 1));
    return position;
  };
  return {moved(range.start), moved(range.end)};
}

}  // namespace autofix::lsp
