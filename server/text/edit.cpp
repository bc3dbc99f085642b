#include "server/text/edit.h"

#include <algorithm>
#include <numeric>

#include "server/text/line_diff.h"
#include "server/text/utf8.h"

namespace autofix::text {
namespace {

/// Whether an edit may begin or end here: not inside a UTF-8 sequence, and not between CR and LF, where no
/// LSP position can point.
bool is_boundary(std::string_view text, std::size_t at) {
  if (at == 0 || at >= text.size()) return true;
  if (text[at - 1] == '\r' && text[at] == '\n') return false;
  return character_start(text, at) == at;
}

/// Parts of the two texts of which the one became the other.
struct Pair {
  std::size_t before_begin = 0;
  std::size_t before_end = 0;
  std::size_t after_begin = 0;
  std::size_t after_end = 0;

  std::size_t shorter() const { return std::min(before_end - before_begin, after_end - after_begin); }
  std::size_t longer() const { return std::max(before_end - before_begin, after_end - after_begin); }
};

/// Takes off what the two parts have in common at their ends.
Pair trim(std::string_view before, std::string_view after, Pair pair) {
  std::size_t prefix = 0;
  const std::size_t most = pair.shorter();
  while (prefix < most && before[pair.before_begin + prefix] == after[pair.after_begin + prefix]) ++prefix;
  while (prefix > 0 && !(is_boundary(before, pair.before_begin + prefix) &&
                         is_boundary(after, pair.after_begin + prefix))) {
    --prefix;
  }
  pair.before_begin += prefix;
  pair.after_begin += prefix;
  std::size_t suffix = 0;
  const std::size_t rest = pair.shorter();
  while (suffix < rest && before[pair.before_end - 1 - suffix] == after[pair.after_end - 1 - suffix])
    ++suffix;
  while (suffix > 0 &&
         !(is_boundary(before, pair.before_end - suffix) && is_boundary(after, pair.after_end - suffix))) {
    --suffix;
  }
  pair.before_end -= suffix;
  pair.after_end -= suffix;
  return pair;
}

/// Offsets of the lines, and the text's end behind them.
std::vector<std::size_t> offsets_of(const std::vector<std::string_view>& lines) {
  std::vector<std::size_t> offsets{0};
  offsets.reserve(lines.size() + 1);
  for (const std::string_view line : lines) offsets.push_back(offsets.back() + line.size());
  return offsets;
}

}  // namespace

tl::expected<std::string, EditError> apply_edits(std::string_view before, std::span<const TextEdit> edits) {
  std::vector<std::size_t> order(edits.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(edits[a].begin, edits[a].end) < std::pair(edits[b].begin, edits[b].end);
  });
  std::string after;
  after.reserve(before.size());
  std::size_t from = 0;
  for (const std::size_t index : order) {
    const TextEdit& edit = edits[index];
    const std::string place = std::to_string(edit.begin) + " to " + std::to_string(edit.end);
    if (edit.begin > edit.end || edit.end > before.size()) {
      return tl::unexpected(EditError{"edit of bytes " + place + " is outside of the text, which has " +
                                      std::to_string(before.size())});
    }
    if (edit.begin < from) {
      return tl::unexpected(EditError{"edit of bytes " + place + " overlaps another edit"});
    }
    after += before.substr(from, edit.begin - from);
    after += edit.new_text;
    from = edit.end;
  }
  after += before.substr(from);
  return after;
}

std::vector<TextEdit> minimal_edits(std::string_view before, std::string_view after) {
  const std::vector<std::string_view> before_lines = split_lines(before, true);
  const std::vector<std::string_view> after_lines = split_lines(after, true);
  const std::vector<std::size_t> before_at = offsets_of(before_lines);
  const std::vector<std::size_t> after_at = offsets_of(after_lines);

  std::vector<TextEdit> edits;
  const auto add = [&](const Pair& pair) {
    if (pair.longer() == 0) return;
    edits.push_back({pair.before_begin, pair.before_end,
                     std::string(after.substr(pair.after_begin, pair.after_end - pair.after_begin))});
  };
  for (const LineChange& change : diff_lines(before_lines, after_lines)) {
    const std::size_t count = change.before_end - change.before_begin;
    if (count > 1 && count == change.after_end - change.after_begin) {
      // As many lines as before: where each still resembles its predecessor, one edit per line is smaller.
      std::vector<Pair> pairs;
      bool alike = true;
      for (std::size_t n = 0; n < count && alike; ++n) {
        const std::size_t i = change.before_begin + n;
        const std::size_t j = change.after_begin + n;
        const Pair whole{before_at[i], before_at[i + 1], after_at[j], after_at[j + 1]};
        pairs.push_back(trim(before, after, whole));
        alike = pairs.back().longer() * 2 <= whole.longer();
      }
      if (alike) {
        for (const Pair& pair : pairs) add(pair);
        continue;
      }
    }
    add(trim(before, after,
             {before_at[change.before_begin], before_at[change.before_end], after_at[change.after_begin],
              after_at[change.after_end]}));
  }
  return edits;
}

}  // namespace autofix::text
