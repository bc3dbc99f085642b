#include "server/fix/line_match.h"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "server/text/line_diff.h"
#include "server/text/line_ending.h"

namespace autofix::fix {
namespace {

constexpr double kFuzzyFloor = 0.85;
constexpr double kFuzzyMargin = 0.08;
constexpr std::size_t kMostFuzzyWork = 4'000'000;  // pairs of lines

std::string_view without_trailing_space(std::string_view line) {
  const std::size_t last = line.find_last_not_of(" \t");
  return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
}

/// `long` is `prefix` + `short`: the prefix, if so.
std::optional<std::string_view> prefix_before(std::string_view longer, std::string_view shorter) {
  if (!longer.ends_with(shorter)) return std::nullopt;
  return longer.substr(0, longer.size() - shorter.size());
}

/// The one indentation that all lines of the file have more (or less) than those of the search.
struct Shift {
  std::string add;
  std::string remove;
};

std::optional<Shift> uniform_shift(const TextLines& file, std::size_t first, const TextLines& search) {
  std::optional<Shift> shift;
  for (std::size_t at = 0; at < search.lines.size(); ++at) {
    if (is_blank(search.lines[at])) continue;
    const std::string_view there = indentation_of(file.lines[first + at]);
    const std::string_view here = indentation_of(search.lines[at]);
    Shift own;
    if (const auto more = prefix_before(there, here)) {
      own.add = *more;
    } else if (const auto less = prefix_before(here, there)) {
      own.remove = *less;
    } else {
      return std::nullopt;
    }
    if (shift && (shift->add != own.add || shift->remove != own.remove)) return std::nullopt;
    shift = own;
  }
  return shift;
}

bool same_line(std::string_view a, std::string_view b, Rung rung) {
  switch (rung) {
    case Rung::exact:
      return a == b;
    case Rung::trailing_whitespace:
      return without_trailing_space(a) == without_trailing_space(b);
    case Rung::indentation:
      return without_trailing_space(without_indentation(a)) == without_trailing_space(without_indentation(b));
    case Rung::whitespace:
    case Rung::fuzzy:
      return collapsed(a) == collapsed(b);
  }
  return false;
}

/// How the indentation of new lines follows from where the search's lines were found.
class Indenter {
 public:
  Indenter(const TextLines& file, std::size_t first, const TextLines& search, Rung rung) {
    if (rung == Rung::exact || rung == Rung::trailing_whitespace) return;
    shift_ = uniform_shift(file, first, search);
    if (shift_) return;
    for (std::size_t at = 0; at < search.lines.size(); ++at) {
      if (is_blank(search.lines[at])) continue;
      mapped_.try_emplace(std::string(indentation_of(search.lines[at])),
                          indentation_of(file.lines[first + at]));
    }
  }

  std::string operator()(std::string_view line) const {
    if (is_blank(line)) return std::string(line);
    const std::string_view indentation = indentation_of(line);
    const std::string_view content = without_indentation(line);
    if (shift_) {
      if (!shift_->remove.empty() && line.starts_with(shift_->remove)) {
        return std::string(line.substr(shift_->remove.size()));
      }
      return shift_->add + std::string(line);
    }
    if (mapped_.empty()) return std::string(line);
    // The deepest known indentation that the line has, and its own rest behind it.
    for (std::size_t length = indentation.size() + 1; length-- > 0;) {
      const auto known = mapped_.find(std::string(indentation.substr(0, length)));
      if (known != mapped_.end()) {
        return std::string(known->second) + std::string(indentation.substr(length)) + std::string(content);
      }
    }
    return std::string(line);
  }

 private:
  std::optional<Shift> shift_;
  std::map<std::string, std::string_view> mapped_;
};

std::vector<std::uint16_t> character_pairs(std::string_view line) {
  const std::string text = collapsed(line);
  std::vector<std::uint16_t> pairs;
  for (std::size_t at = 0; at + 1 < text.size(); ++at) {
    pairs.push_back(static_cast<std::uint16_t>((static_cast<unsigned char>(text[at]) << 8U) |
                                               static_cast<unsigned char>(text[at + 1])));
  }
  std::ranges::sort(pairs);
  return pairs;
}

double likeness(const std::vector<std::uint16_t>& a, const std::vector<std::uint16_t>& b) {
  if (a.empty() && b.empty()) return 1.0;
  std::size_t shared = 0;
  for (auto left = a.begin(), right = b.begin(); left != a.end() && right != b.end();) {
    if (*left == *right) {
      ++shared;
      ++left;
      ++right;
    } else if (*left < *right) {
      ++left;
    } else {
      ++right;
    }
  }
  return 2.0 * static_cast<double>(shared) / static_cast<double>(a.size() + b.size());
}

std::vector<std::vector<std::uint16_t>> all_pairs(const TextLines& text) {
  std::vector<std::vector<std::uint16_t>> pairs;
  pairs.reserve(text.lines.size());
  for (const std::string_view line : text.lines) pairs.push_back(character_pairs(line));
  return pairs;
}

}  // namespace

TextLines::TextLines(std::string_view text) : source(text) {
  for (const std::string_view line : text::split_lines(text, true)) {
    begins.push_back(static_cast<std::size_t>(line.data() - text.data()));
    std::string_view content = line;
    if (content.ends_with('\n')) content.remove_suffix(1);
    if (content.ends_with('\r')) content.remove_suffix(1);
    lines.push_back(content);
  }
  begins.push_back(text.size());
}

std::string_view indentation_of(std::string_view line) {
  return line.substr(0, std::min(line.find_first_not_of(" \t"), line.size()));
}

std::string_view without_indentation(std::string_view line) {
  return line.substr(indentation_of(line).size());
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

std::string collapsed(std::string_view line) {
  std::string out;
  bool space = false;
  for (const char c : line) {
    if (c == ' ' || c == '\t') {
      space = true;
      continue;
    }
    if (space && !out.empty()) out += ' ';
    space = false;
    out += c;
  }
  return out;
}

std::vector<std::size_t> find_lines(const TextLines& file, const TextLines& search, Rung rung) {
  std::vector<std::size_t> found;
  const std::size_t count = search.lines.size();
  if (count == 0 || count > file.lines.size()) return found;
  for (std::size_t first = 0; first + count <= file.lines.size(); ++first) {
    bool same = true;
    for (std::size_t at = 0; at < count && same; ++at) {
      same = same_line(file.lines[first + at], search.lines[at], rung);
    }
    if (same && rung == Rung::indentation && !uniform_shift(file, first, search)) same = false;
    if (same) found.push_back(first);
  }
  return found;
}

double similarity(std::string_view a, std::string_view b) {
  return likeness(character_pairs(a), character_pairs(b));
}

std::optional<std::size_t> find_fuzzy(const TextLines& file, const TextLines& search) {
  const std::size_t count = search.lines.size();
  const auto telling =
      std::ranges::count_if(search.lines, [](std::string_view line) { return !is_blank(line); });
  if (telling < 3 || count > file.lines.size() || count * file.lines.size() > kMostFuzzyWork)
    return std::nullopt;
  const auto in_file = all_pairs(file);
  const auto in_search = all_pairs(search);
  double best = 0.0;
  double second = 0.0;
  std::size_t place = 0;
  for (std::size_t first = 0; first + count <= file.lines.size(); ++first) {
    double sum = 0.0;
    for (std::size_t at = 0; at < count; ++at) {
      sum += likeness(in_file[first + at], in_search[at]);
      // Even if all other lines were the same, this place would not do.
      if ((sum + static_cast<double>(count - at - 1)) / static_cast<double>(count) <
          kFuzzyFloor - kFuzzyMargin) {
        break;
      }
    }
    const double score = sum / static_cast<double>(count);
    if (score > best) {
      second = best;
      best = score;
      place = first;
    } else {
      second = std::max(second, score);
    }
  }
  if (best < kFuzzyFloor || best - second < kFuzzyMargin) return std::nullopt;
  return place;
}

std::optional<std::size_t> nearest_line(const TextLines& file, const TextLines& search) {
  const auto telling =
      std::ranges::find_if(search.lines, [](std::string_view line) { return collapsed(line).size() > 3; });
  if (telling == search.lines.end()) return std::nullopt;
  const auto wanted = character_pairs(*telling);
  double best = 0.5;
  std::optional<std::size_t> place;
  for (std::size_t at = 0; at < file.lines.size(); ++at) {
    const double score = likeness(character_pairs(file.lines[at]), wanted);
    if (score > best) {
      best = score;
      place = at;
    }
  }
  return place;
}

std::optional<std::string> rebuild(const TextLines& file, std::size_t first, const TextLines& search,
                                   const TextLines& replacement, Rung rung) {
  const Indenter indented(file, first, search, rung);
  const std::string_view ending = text::line_ending_bytes(text::dominant_line_ending(file.source));
  std::vector<std::string_view> before(search.lines);
  std::vector<std::string_view> after(replacement.lines);
  if (rung != Rung::exact) {
    for (auto* lines : {&before, &after}) {
      for (std::string_view& line : *lines) line = without_trailing_space(line);
    }
  }
  std::string out;
  std::size_t at = 0;
  const auto keep_until = [&](std::size_t end) {
    for (; at < end; ++at) out += file.full(first + at);
  };
  for (const text::LineChange& change : text::diff_lines(before, after)) {
    keep_until(change.before_begin);
    for (; at < change.before_end; ++at) {
      if (rung == Rung::fuzzy && collapsed(file.lines[first + at]) != collapsed(search.lines[at])) {
        return std::nullopt;
      }
    }
    // The file's last line may lack its ending; a line that follows needs one.
    if (change.after_begin < change.after_end && !out.empty() && !out.ends_with('\n') &&
        !out.ends_with('\r')) {
      out += ending;
    }
    for (std::size_t line = change.after_begin; line < change.after_end; ++line) {
      out += indented(replacement.lines[line]);
      out += ending;
    }
  }
  keep_until(search.lines.size());
  // A text without a final newline stays one.
  const bool at_end = first + search.lines.size() == file.lines.size();
  if (at_end && !file.source.ends_with('\n') && !file.source.ends_with('\r')) {
    if (out.ends_with('\n')) out.pop_back();
    if (out.ends_with('\r')) out.pop_back();
  }
  return out;
}

}  // namespace autofix::fix
