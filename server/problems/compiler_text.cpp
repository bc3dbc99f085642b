// `path:line:col: error: message` and its relatives, line by line. Which tool spoke is told by its codes and
// by the kind of file; where that does not tell (gcc or clang), the source is `compiler`.
#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <unordered_set>

#include "server/problems/diagnostic_words.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

constexpr std::size_t kMostProblems = 10'000;
constexpr std::size_t kMostMessage = 16 * 1024;

class CompilerTextReader {
 public:
  explicit CompilerTextReader(std::string_view output) : lines_(lines_of(output)) {
    for (const std::string_view line : lines_) {
      // GCC's gutter; its columns count characters as shown, Clang's count bytes.
      const std::string_view text = trimmed(line);
      const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
      gutter_ = gutter_ || (line.starts_with(' ') && digits > 0 && text.substr(digits).starts_with(" | "));
      is_ruff_ = is_ruff_ ||
                 (line.starts_with("Found ") && (line.ends_with(" error.") || line.ends_with(" errors.")));
    }
  }

  Problems read() {
    for (std::size_t at = 0; at < lines_.size() && problems_.size() < kMostProblems; ++at) take(at);
    return std::move(problems_);
  }

 private:
  void take(std::size_t at) {
    const std::string_view line = lines_[at];
    if (take_include(line) || take_arrow(at) || take_rust_note(line) || take_eslint(line) ||
        take_pyright_rest(line)) {
      return;
    }
    std::string_view text = line;
    for (const std::string_view prefix : {"/usr/bin/ld: ", "[ERROR] ", "[WARNING] ", "[javac] ", "vet: "}) {
      take_prefix(text, prefix);
    }
    const bool is_maven = text.size() < line.size() && line.starts_with('[');
    text = trimmed(text);
    if (is_maven && take_maven(text, line.starts_with("[W") ? Severity::warning : Severity::error)) return;
    const auto location = take_location(text);
    if (!location) return;
    take_located(*location, at);
  }

  void take_located(const PrintedLocation& location, std::size_t at) {
    const std::string_view line = lines_[at];
    Problem problem;
    place(location, problem);
    std::string_view rest = location.rest;
    take_end(location, rest, problem);
    if (line.starts_with("  ") && rest.starts_with(" - ")) problem.source = "pyright";
    bool is_note = false;
    if (!read_words(rest, location.path, problem, is_note)) return;
    if (problem.source == "flake8" && is_ruff_) problem.source = "ruff";
    take_prefix_of_fixable(problem.message);
    problem.message = printable(problem.message);
    take_code(problem);
    problem.source = source_of(problem);
    if (problem.source == "javac" && !location.column) take_caret(at, problem);
    if (problem.source == "shellcheck") is_note = false;  // its lowest level, and no part of another
    in_pyright_ = problem.source == "pyright";
    add(std::move(problem), is_note);
  }

  /// javac says the column by a caret below the line of code.
  void take_caret(std::size_t at, Problem& problem) const {
    for (std::size_t below = at + 1; below < std::min(at + 3, lines_.size()); ++below) {
      std::string_view text = lines_[below];
      take_prefix(text, "    [javac] ");
      if (trimmed(text) != "^") continue;
      problem.range.start.character = static_cast<std::uint32_t>(indentation(text));
      problem.range.end = problem.range.start;
    }
  }

  /// mypy's `x.py:6:12:6:13: error: …`: line and column of the last character.
  static void take_end(const PrintedLocation& location, std::string_view& rest, Problem& problem) {
    std::string_view text = rest;
    if (!location.column || !take_prefix(text, ":")) return;
    const auto line = take_number(text);
    if (!line || !take_prefix(text, ":")) return;
    const auto column = take_number(text);
    if (!column || !text.starts_with(':')) return;
    const text::Position end{zero_based(*line), *column};
    if (end > problem.range.start) problem.range.end = end;
    rest = text;
  }

  static void take_prefix_of_fixable(std::string& message) {
    if (message.starts_with("[*] ")) message.erase(0, 4);
  }

  void place(const PrintedLocation& location, Problem& problem) const {
    problem.path = printable(location.path);
    if (problem.path.starts_with("./")) problem.path.erase(0, 2);
    const std::uint32_t column = location.column ? zero_based(*location.column) : 0;
    problem.range = {{zero_based(location.line), column}, {zero_based(location.line), column}};
    problem.encoding = gutter_ ? text::PositionEncoding::utf32 : text::PositionEncoding::utf8;
  }

  void add(Problem problem, bool is_note) {
    if (is_note) {
      if (!problems_.empty() && problems_.back().related.size() < kMostProblems) {
        problems_.back().related.push_back({problem.path, problem.range, problem.message});
      }
      return;
    }
    problem.related.insert(problem.related.end(), includes_.begin(), includes_.end());
    includes_.clear();
    // A header's warning comes once for each file that includes it, Maven's errors once more at the end.
    const std::string key = problem.path + "\n" + std::to_string(problem.range.start.line) + ":" +
                            std::to_string(problem.range.start.character) + "\n" + problem.message;
    last_is_known_ = !known_.insert(key).second;
    if (!last_is_known_) problems_.push_back(std::move(problem));
  }

  /// `In file included from a.h:3,` and the lines `from b.cpp:1:` below it.
  bool take_include(std::string_view line) {
    std::string_view text = trimmed(line);
    const bool first = take_prefix(text, "In file included from ");
    if (!first && (includes_.empty() || !take_prefix(text, "from "))) return false;
    if (first) includes_.clear();
    const auto location = take_location(text);
    if (location && includes_.size() < kMostProblems) {
      includes_.push_back({printable(location->path), line_start(location->line), "included from here"});
    }
    return true;
  }

  /// rustc's `error[E0425]: message` and ruff's `F401 message`, and on the next line ` --> path:line:col`.
  bool take_arrow(std::size_t at) {
    if (at + 1 >= lines_.size()) return false;
    std::string_view arrow = trimmed(lines_[at + 1]);
    if (!take_prefix(arrow, "--> ")) return false;
    const auto location = take_location(arrow);
    Problem problem;
    bool is_note = true;
    if (!location || !read_heading(lines_[at], problem, is_note)) return false;
    place(*location, problem);
    take_prefix_of_fixable(problem.message);
    problem.message = printable(problem.message);
    problem.encoding = text::PositionEncoding::utf32;
    add(std::move(problem), is_note);
    return true;
  }

  /// `  = note: `#[warn(clippy::len_zero)]` on by default` says which rule it was, and so does clippy's
  /// address.
  bool take_rust_note(std::string_view line) {
    std::string_view text = trimmed(line);
    if (!take_prefix(text, "= ")) return false;
    if (problems_.empty() || last_is_known_ || !problems_.back().code.empty()) return true;
    Problem& last = problems_.back();
    for (const std::string_view mark : {"`#[warn(", "`#[deny(", "`#[forbid("}) {
      const std::size_t open = text.find(mark);
      if (open == std::string_view::npos) continue;
      const std::string_view rule = text.substr(open + mark.size());
      last.code = printable(rule.substr(0, rule.find(')')));
    }
    const std::size_t address = text.find("rust-clippy/");
    const std::size_t hash = text.rfind('#');
    if (last.code.empty() && address != std::string_view::npos && hash != std::string_view::npos &&
        hash > address) {
      last.code = "clippy::" + printable(text.substr(hash + 1));
    }
    if (last.code.starts_with("clippy::")) last.source = "clippy";
    return true;
  }

  /// A line that is a path, and below it `  2:7   error  message  rule`.
  bool take_eslint(std::string_view line) {
    if (!line.empty() && line.front() != ' ' && looks_like_path(line)) eslint_file_ = line;
    if (line.empty()) eslint_file_ = {};
    std::string_view text = line;
    if (eslint_file_.empty() || !take_prefix(text, "  ")) return false;
    text = trimmed(text);
    const auto row = take_number(text);
    if (!row || !take_prefix(text, ":")) return false;
    const auto column = take_number(text);
    if (!column || !take_prefix(text, "  ")) return false;
    text = trimmed(text);
    Problem problem;
    if (take_prefix(text, "warning  ")) {
      problem.severity = Severity::warning;
    } else if (!take_prefix(text, "error  ")) {
      return false;
    }
    text = trimmed(text);
    // Only a rule has no space in it, and two before it.
    const std::size_t gap = text.rfind("  ");
    if (gap != std::string_view::npos && !contains(text.substr(gap + 2), " ")) {
      problem.code = printable(text.substr(gap + 2));
      text = trimmed(text.substr(0, gap));
    }
    place({eslint_file_, *row, *column, {}}, problem);
    problem.encoding = text::PositionEncoding::utf16;
    problem.source = "eslint";
    problem.message = printable(text);
    add(std::move(problem), false);
    return true;
  }

  /// pyright's further lines of a message, further in; the last one has the rule.
  bool take_pyright_rest(std::string_view line) {
    constexpr std::string_view kSpace = "\xC2\xA0";  // it indents with two spaces and no-break spaces
    const bool is_rest = line.starts_with("    ") || line.starts_with("  " + std::string(kSpace));
    if (!in_pyright_ || !is_rest || problems_.empty() || last_is_known_) {
      in_pyright_ = false;
      return false;
    }
    Problem& last = problems_.back();
    line = trimmed(line);
    while (take_prefix(line, kSpace)) {
    }
    if (last.message.size() < kMostMessage) last.message += "\n" + printable(line);
    take_code(last);
    return true;
  }

  /// Maven's `[ERROR] /app/Calc.java:[4,54] message`
  bool take_maven(std::string_view text, Severity severity) {
    const std::size_t open = text.find(":[");
    if (open == std::string_view::npos || !looks_like_path(text.substr(0, open))) return false;
    PrintedLocation location;
    location.path = text.substr(0, open);
    text.remove_prefix(open + 2);
    const auto line = take_number(text);
    if (!line || !take_prefix(text, ",")) return false;
    location.line = *line;
    location.column = take_number(text);
    if (!location.column || !take_prefix(text, "] ")) return false;
    Problem problem;
    place(location, problem);
    problem.encoding = text::PositionEncoding::utf16;
    problem.severity = severity;
    problem.source = "javac";
    problem.message = printable(trimmed(text));
    if (!problem.message.empty()) add(std::move(problem), false);
    return true;
  }

  std::vector<std::string_view> lines_;
  bool gutter_ = false;
  bool is_ruff_ = false;
  bool in_pyright_ = false;
  bool last_is_known_ = false;
  std::string_view eslint_file_;
  std::vector<RelatedLocation> includes_;
  std::unordered_set<std::string> known_;
  Problems problems_;
};

}  // namespace

Problems read_compiler_text(std::string_view output) {
  if (output.size() > kMaxReportBytes) return {};
  if (output.find('\x1b') == std::string_view::npos) return CompilerTextReader(output).read();
  return CompilerTextReader(printable(output)).read();
}

}  // namespace autofix::problems
