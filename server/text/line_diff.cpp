#include "server/text/line_diff.h"

#include <algorithm>
#include <dtl/dtl.hpp>
#include <iterator>
#include <unordered_map>
#include <utility>

namespace autofix::text {
namespace {

/// Lines as numbers: equal numbers are equal lines. `line` is the line's index in its text.
struct Line {
  int id = 0;
  std::size_t line = 0;
};
using Lines = std::span<const Line>;
using Match = std::pair<std::size_t, std::size_t>;

/// dtl's work grows with the product of the lengths and it stops being minimal at 2 million coordinates;
/// both stay out of reach when at most this many lines of the two sides together are compared.
constexpr std::size_t kMaxCompared = 2000;
constexpr int kMaxRounds = 16;

/// Counts of each line on the two sides.
struct Count {
  std::size_t before = 0;
  std::size_t after = 0;
  std::size_t after_index = 0;
};
using Counts = std::unordered_map<int, Count>;

Counts count_lines(Lines before, Lines after) {
  Counts counts;
  for (const Line& line : before) ++counts[line.id].before;
  for (std::size_t i = 0; i < after.size(); ++i) {
    Count& count = counts[after[i].id];
    ++count.after;
    count.after_index = i;
  }
  return counts;
}

void match_with_dtl(Lines before, Lines after, std::vector<Match>& matches) {
  std::vector<int> a;
  std::vector<int> b;
  for (const Line& line : before) a.push_back(line.id);
  for (const Line& line : after) b.push_back(line.id);
  dtl::Diff<int, std::vector<int>> diff(a, b);
  diff.compose();
  std::size_t i = 0;
  std::size_t j = 0;
  for (const auto& [id, info] : diff.getSes().getSequence()) {
    if (info.type == dtl::SES_COMMON) matches.emplace_back(before[i].line, after[j].line);
    if (info.type != dtl::SES_ADD) ++i;
    if (info.type != dtl::SES_DELETE) ++j;
  }
}

/// The longest run of lines that are unique on both sides and keep their order (indices into the two sides):
/// safe places to cut a large difference at.
std::vector<Match> find_anchors(Lines before, const Counts& counts) {
  std::vector<Match> unique;
  for (std::size_t i = 0; i < before.size(); ++i) {
    const Count& count = counts.at(before[i].id);
    if (count.before == 1 && count.after == 1) unique.emplace_back(i, count.after_index);
  }
  // Longest increasing subsequence of the second members; tails[n] ends the best one of length n + 1.
  std::vector<std::size_t> tails;
  std::vector<std::size_t> previous(unique.size());
  for (std::size_t k = 0; k < unique.size(); ++k) {
    const auto place =
        std::lower_bound(tails.begin(), tails.end(), unique[k].second,
                         [&](std::size_t tail, std::size_t value) { return unique[tail].second < value; });
    previous[k] = place == tails.begin() ? k : *std::prev(place);
    if (place == tails.end()) {
      tails.push_back(k);
    } else {
      *place = k;
    }
  }
  std::vector<Match> anchors(tails.size());
  std::size_t k = tails.empty() ? 0 : tails.back();
  for (std::size_t n = tails.size(); n > 0; --n) {
    anchors[n - 1] = unique[k];
    k = previous[k];
  }
  return anchors;
}

void match_lines(Lines before, Lines after, int round, std::vector<Match>& matches);

/// Cuts a difference that is too large for dtl at its anchors. Without any, nothing matches: one replacement.
void match_by_anchors(Lines before, Lines after, int round, std::vector<Match>& matches) {
  std::vector<Match> anchors = find_anchors(before, count_lines(before, after));
  if (anchors.empty()) return;
  anchors.emplace_back(before.size(), after.size());
  std::size_t i = 0;
  std::size_t j = 0;
  for (const auto& [next_i, next_j] : anchors) {
    match_lines(before.subspan(i, next_i - i), after.subspan(j, next_j - j), round + 1, matches);
    if (next_i < before.size()) matches.emplace_back(before[next_i].line, after[next_j].line);
    i = next_i + 1;
    j = next_j + 1;
  }
}

/// Appends the matching lines of the two sides in order.
void match_lines(Lines before, Lines after, int round, std::vector<Match>& matches) {
  // A line that the other side does not have cannot match: leaving such lines out loses nothing and makes
  // a full rewrite cheap.
  const Counts counts = count_lines(before, after);
  std::vector<Line> kept_before;
  std::vector<Line> kept_after;
  std::copy_if(before.begin(), before.end(), std::back_inserter(kept_before),
               [&](const Line& line) { return counts.at(line.id).after > 0; });
  std::copy_if(after.begin(), after.end(), std::back_inserter(kept_after),
               [&](const Line& line) { return counts.at(line.id).before > 0; });

  Lines a = kept_before;
  Lines b = kept_after;
  while (!a.empty() && !b.empty() && a.front().id == b.front().id) {
    matches.emplace_back(a.front().line, b.front().line);
    a = a.subspan(1);
    b = b.subspan(1);
  }
  std::vector<Match> suffix;
  while (!a.empty() && !b.empty() && a.back().id == b.back().id) {
    suffix.emplace_back(a.back().line, b.back().line);
    a = a.first(a.size() - 1);
    b = b.first(b.size() - 1);
  }
  if (!a.empty() && !b.empty()) {
    if (a.size() + b.size() <= kMaxCompared) {
      match_with_dtl(a, b, matches);
    } else if (round < kMaxRounds) {
      match_by_anchors(a, b, round, matches);
    }
  }
  matches.insert(matches.end(), suffix.rbegin(), suffix.rend());
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text, bool carriage_returns) {
  const std::string_view endings = carriage_returns ? "\r\n" : "\n";
  std::vector<std::string_view> lines;
  std::size_t from = 0;
  while (from < text.size()) {
    std::size_t end = text.find_first_of(endings, from);
    if (end == std::string_view::npos) {
      end = text.size();
    } else {
      end += text.substr(end, 2) == "\r\n" ? 2 : 1;
    }
    lines.push_back(text.substr(from, end - from));
    from = end;
  }
  return lines;
}

std::vector<LineChange> diff_lines(std::span<const std::string_view> before,
                                   std::span<const std::string_view> after) {
  // Equal lines at both ends need no number.
  std::size_t prefix = 0;
  while (prefix < before.size() && prefix < after.size() && before[prefix] == after[prefix]) ++prefix;
  std::size_t suffix = 0;
  const std::size_t shorter = std::min(before.size(), after.size()) - prefix;
  while (suffix < shorter && before[before.size() - 1 - suffix] == after[after.size() - 1 - suffix]) ++suffix;

  std::unordered_map<std::string_view, int> ids;
  const auto number = [&](std::span<const std::string_view> lines) {
    std::vector<Line> numbered;
    for (std::size_t i = prefix; i + suffix < lines.size(); ++i) {
      const int next = static_cast<int>(ids.size());
      numbered.push_back({ids.try_emplace(lines[i], next).first->second, i});
    }
    return numbered;
  };
  const std::vector<Line> a = number(before);
  const std::vector<Line> b = number(after);
  std::vector<Match> matches;
  match_lines(a, b, 0, matches);
  matches.emplace_back(before.size() - suffix, after.size() - suffix);

  std::vector<LineChange> changes;
  std::size_t i = prefix;
  std::size_t j = prefix;
  for (const auto& [next_i, next_j] : matches) {
    if (next_i > i || next_j > j) changes.push_back({i, next_i, j, next_j});
    i = next_i + 1;
    j = next_j + 1;
  }
  return changes;
}

}  // namespace autofix::text
