#include "server/text/unified_diff.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

#include "server/text/line_diff.h"

namespace autofix::text {
namespace {

constexpr std::size_t kContext = 3;

/// git's C-style quoting: names with control characters, quotes, backslashes or bytes beyond ASCII go into
/// double quotes, such bytes as three octal digits.
std::string quoted(std::string_view name) {
  std::string inner;
  bool needed = false;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    constexpr std::string_view kNamed = "\a\b\t\n\v\f\r\"\\";
    constexpr std::string_view kLetters = "abtnvfr\"\\";
    if (const std::size_t at = kNamed.find(c); at != std::string_view::npos) {
      inner += '\\';
      inner += kLetters[at];
      needed = true;
    } else if (byte < 0x20 || byte >= 0x7F) {
      inner += '\\';
      inner += static_cast<char>('0' + byte / 64);
      inner += static_cast<char>('0' + byte / 8 % 8);
      inner += static_cast<char>('0' + byte % 8);
      needed = true;
    } else {
      inner += c;
    }
  }
  return needed ? '"' + inner + '"' : inner;
}

std::string file_header(std::string_view path, bool created, bool deleted, bool has_hunks) {
  const std::string a = quoted("a/" + std::string(path));
  const std::string b = quoted("b/" + std::string(path));
  std::string header = "diff --git " + a + " " + b + "\n";
  if (created) header += "new file mode 100644\n";
  if (deleted) header += "deleted file mode 100644\n";
  if (!has_hunks) {
    // An empty file came or went. patch(1) believes the second only with the hash of the empty blob.
    if (created) header += "index 0000000..e69de29\n";
    if (deleted) header += "index e69de29..0000000\n";
    return header;
  }
  // Without the TAB, patch(1) ends the name at its first space.
  const std::string_view end = path.find(' ') == std::string_view::npos ? "\n" : "\t\n";
  header += created ? std::string("--- /dev/null\n") : "--- " + a + std::string(end);
  header += deleted ? std::string("+++ /dev/null\n") : "+++ " + b + std::string(end);
  return header;
}

std::string hunk_range(std::size_t begin, std::size_t end) {
  const std::size_t count = end - begin;
  // An empty side names the line before it.
  std::string range = std::to_string(count == 0 ? begin : begin + 1);
  if (count != 1) range += "," + std::to_string(count);
  return range;
}

void add_line(std::string& diff, char mark, std::string_view line) {
  diff += mark;
  diff += line;
  if (!line.ends_with('\n')) diff += "\n\\ No newline at end of file\n";
}

/// One hunk: the changes of `changes` with context around and between them.
void add_hunk(std::string& diff, std::span<const LineChange> changes,
              std::span<const std::string_view> before, std::span<const std::string_view> after) {
  const std::size_t lead = std::min(kContext, changes.front().before_begin);
  const std::size_t trail = std::min(kContext, before.size() - changes.back().before_end);
  const std::size_t begin = changes.front().before_begin - lead;
  const std::size_t end = changes.back().before_end + trail;
  diff += "@@ -" + hunk_range(begin, end) + " +" +
          hunk_range(changes.front().after_begin - lead, changes.back().after_end + trail) + " @@\n";
  std::size_t at = begin;
  for (const LineChange& change : changes) {
    for (; at < change.before_begin; ++at) add_line(diff, ' ', before[at]);
    for (; at < change.before_end; ++at) add_line(diff, '-', before[at]);
    for (std::size_t i = change.after_begin; i < change.after_end; ++i) add_line(diff, '+', after[i]);
  }
  for (; at < end; ++at) add_line(diff, ' ', before[at]);
}

}  // namespace

std::string unified_diff(std::string_view path, const std::optional<std::string>& before,
                         const std::optional<std::string>& after) {
  if (before == after) return "";
  const std::string empty;
  const std::vector<std::string_view> before_lines = split_lines(before ? *before : empty, false);
  const std::vector<std::string_view> after_lines = split_lines(after ? *after : empty, false);
  const std::vector<LineChange> changes = diff_lines(before_lines, after_lines);

  std::string diff = file_header(path, !before, !after, !changes.empty());
  for (std::size_t first = 0; first < changes.size();) {
    std::size_t last = first + 1;
    while (last < changes.size() &&
           changes[last].before_begin - changes[last - 1].before_end <= 2 * kContext) {
      ++last;
    }
    add_hunk(diff, std::span(changes).subspan(first, last - first), before_lines, after_lines);
    first = last;
  }
  return diff;
}

}  // namespace autofix::text
