// The Test Anything Protocol, versions 12 to 14: node:test, Vitest, Mocha, bats, prove. Subtests stand before
// the point that sums them up, or, as Vitest writes them, in braces behind it.
#include <algorithm>
#include <cctype>
#include <optional>

#include "server/problems/console_run.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

constexpr std::size_t kMostLevels = 32;

struct Point {
  std::size_t indent = 0;
  std::size_t line = 0;
  std::size_t end = 0;  ///< behind the lines that explain it
  int number = 0;       ///< 0 where it has none
  std::string title;
  Outcome outcome = Outcome::passed;
  bool opens_group = false;
  bool is_parent = false;
  bool is_suite = false;  ///< node:test says so: a group, not a test
};

bool is_word(std::string_view text, std::string_view word) {
  return text.size() >= word.size() && std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

/// `# SKIP why`, `# TODO`, `# time=1.00ms` are taken off the title, and `\#` is turned back.
void take_directive(Point& point) {
  std::string& title = point.title;
  for (std::size_t at = title.find('#'); at != std::string::npos; at = title.find('#', at + 1)) {
    if (at > 0 && title[at - 1] == '\\') continue;
    const std::string_view word = trimmed(std::string_view(title).substr(at + 1));
    const bool skipped = is_word(word, "skip") || is_word(word, "todo");
    if (!skipped && !is_word(word, "time=") && !is_word(word, "duration")) continue;
    if (skipped) point.outcome = Outcome::skipped;
    title.resize(at);
    break;
  }
  std::string plain;
  for (std::size_t at = 0; at < title.size(); ++at) {
    if (title[at] == '\\' && at + 1 < title.size() && (title[at + 1] == '#' || title[at + 1] == '\\')) ++at;
    plain += title[at];
  }
  title = trimmed(plain);
}

std::optional<Point> point_of(std::string_view line) {
  Point point;
  point.indent = indentation(line);
  std::string_view text = line.substr(point.indent);
  if (take_prefix(text, "not ok")) {
    point.outcome = Outcome::failed;
  } else if (!take_prefix(text, "ok")) {
    return std::nullopt;
  }
  if (!text.empty() && text.front() != ' ') return std::nullopt;
  text = trimmed(text);
  std::string_view rest = text;
  if (take_count(rest, point.number) && (rest.empty() || rest.front() == ' ')) {
    text = trimmed(rest);
  } else {
    point.number = 0;
  }
  if (!take_prefix(text, "- ") && text == "-") text = {};
  if (text.ends_with('{')) {
    point.opens_group = true;
    text = trimmed(text.substr(0, text.size() - 1));
  }
  point.title = text.substr(0, kMostNameBytes);
  take_directive(point);
  return point;
}

/// Vitest's first group is the file; its other reports name tests without it.
std::string without_script(std::string name) {
  const std::size_t end = name.find(" > ");
  if (end == std::string::npos) return name;
  return is_script(std::string_view(name).substr(0, end)) ? name.substr(end + 3) : name;
}

/// The value behind `key:`, quotes and a block's sign off; for a block its first line.
std::string_view yaml_value(std::string_view text, std::string_view key) {
  bool takes_next = false;
  for (const std::string_view line : lines_of(text)) {
    std::string_view rest = trimmed(line);
    if (takes_next) return rest;
    if (!take_prefix(rest, key) || !take_prefix(rest, ":")) continue;
    rest = trimmed(rest);
    if (rest.starts_with('|') || rest.starts_with('>')) {
      takes_next = true;
      continue;
    }
    if (rest.size() > 1 && (rest.front() == '"' || rest.front() == '\'')) {
      const char quote = rest.front();
      rest.remove_prefix(1);
      if (rest.ends_with(quote)) rest.remove_suffix(1);
    }
    return rest;
  }
  return {};
}

class TapReader {
 public:
  /// `strict`: a point whose number is not the next one was printed by a test.
  TapReader(const Output& output, std::size_t first, std::size_t end, bool strict)
      : output_(output), end_(end), strict_(strict) {
    for (at_ = last_ = first; at_ < end_; ++at_) line(output_.lines[at_]);
    close_text(end_);
  }

  bool is_tap() const { return has_version_ || plan_ || !points_.empty(); }
  bool has_plan() const { return plan_.has_value(); }
  bool has_points() const { return !points_.empty(); }
  bool is_announced() const { return has_version_ || plan_; }
  /// Whether as many points came as the plan says.
  bool is_whole() const { return plan_ && *plan_ == top_points_; }

  /// The line behind the last that is the protocol's.
  std::size_t end() const { return last_ + 1; }

  TestReport report() {
    TestReport report;
    for (std::size_t at = 0; at < points_.size(); ++at) {
      const Point& point = points_[at];
      const bool counts = !point.is_parent || (is_node_ && !point.is_suite && !point.opens_group);
      if (!counts) continue;
      std::string name = without_script(names_[at]);
      if (point.outcome == Outcome::failed) failure(point, name, report);
      add_test(report, std::move(name), point.outcome);
    }
    if (plan_ && *plan_ != top_points_) {
      missing(report,
              "the plan says " + std::to_string(*plan_) + " tests, " + std::to_string(top_points_) + " came",
              std::max(*plan_ - top_points_, 1));
    } else if (!bail_.empty()) {
      missing(report, bail_, 1);
    }
    return report;
  }

 private:
  void line(std::string_view text) {
    const std::size_t indent = indentation(text);
    std::string_view rest = text.substr(indent);
    if (yaml_ || rest.starts_with('#')) last_ = at_;
    if (yaml_) {
      if (rest == "..." && indent == *yaml_) yaml_.reset();
      if (rest == "type: 'suite'" && !points_.empty()) points_.back().is_suite = true;
      return;
    }
    if (rest == "---" && !points_.empty() && points_.back().end == 0 && indent > points_.back().indent) {
      yaml_ = indent;
    } else if (auto point = point_of(text)) {
      last_ = at_;
      add(std::move(*point));
    } else if (indent == 0) {
      top_line(text);
    } else if (rest == "}" && !groups_.empty()) {
      close_group(indent);
    }
  }

  void top_line(std::string_view text) {
    int count = 0;
    if (take_prefix(text, "TAP version ")) {
      has_version_ = true;
    } else if (take_prefix(text, "1..") && take_count(text, count) && !plan_) {
      plan_ = count;
      last_ = at_;
      close_text(at_);
    } else if (text == "}" && !groups_.empty()) {
      close_group(0);
    } else if (take_prefix(text, "Bail out!")) {
      bail_ = "Bail out! " + std::string(trimmed(text));
    } else if (take_prefix(text, "# suites ")) {
      is_node_ = true;
    }
  }

  void add(Point point) {
    while (!counts_.empty() && counts_.back().first > point.indent) counts_.pop_back();
    if (counts_.empty() || counts_.back().first != point.indent) {
      if (counts_.size() >= kMostLevels) return;
      counts_.emplace_back(point.indent, 0);
    }
    int& count = counts_.back().second;
    if (strict_ && point.number != 0 && point.number != count + 1) return;
    ++count;
    if (point.indent == 0) ++top_points_;
    close_text(at_);
    point.line = at_;
    while (!groups_.empty() && points_[groups_.back()].indent >= point.indent) groups_.pop_back();
    std::string name;
    if (points_.size() < kMostNamedTests) {
      for (const std::size_t group : groups_) name += points_[group].title + " > ";
      name += point.title;
    }
    // Points further in that came since the last one at this level are its subtests.
    std::size_t first = points_.size();
    while (!open_.empty() && points_[open_.back()].indent > point.indent) {
      first = open_.back() < first ? subtree_[open_.back()] : first;
      open_.pop_back();
    }
    const bool in_braces = !groups_.empty();
    if (first < points_.size() && !in_braces) {
      point.is_parent = true;
      for (std::size_t at = first; at < std::min(points_.size(), kMostNamedTests); ++at) {
        if (names_[at].size() < kMostNameBytes) names_[at].insert(0, point.title + " > ");
      }
    }
    if (point.opens_group) point.is_parent = true;
    subtree_.push_back(point.is_parent && !in_braces ? first : points_.size());
    const bool opens = point.opens_group;
    points_.push_back(std::move(point));
    names_.push_back(std::move(name));
    if (opens) {
      groups_.push_back(points_.size() - 1);
    } else if (!in_braces) {
      open_.push_back(points_.size() - 1);
    }
  }

  void close_group(std::size_t indent) {
    while (!groups_.empty() && points_[groups_.back()].indent >= indent) groups_.pop_back();
    close_text(at_);
  }

  void close_text(std::size_t end) {
    if (!points_.empty() && points_.back().end == 0) points_.back().end = end;
  }

  void failure(const Point& point, const std::string& name, TestReport& report) const {
    Problem problem = failure_named(name, "tap");
    const std::string_view text = output_.block(point.line + 1, point.end);
    for (const std::string_view key : {"message", "error"}) {
      if (problem.message.empty()) problem.message = yaml_value(text, key);
    }
    for (const std::string_view line : lines_of(text)) {
      if (!problem.message.empty()) break;
      std::string_view rest = trimmed(line);
      take_prefix(rest, "# ");
      if (rest != "---") problem.message = rest;
    }
    place(text, problem);
    Problem* added = add_failure(report, std::move(problem), text);
    if (added == nullptr || !added->test->expected.empty() || !added->test->actual.empty()) return;
    added->test->expected = yaml_value(text, "expected");
    added->test->actual = yaml_value(text, "actual");
  }

  /// The first own place of node's stack, which lacks the `at` of other stacks; else `at:`; else where the
  /// test stands.
  static void place(std::string_view text, Problem& problem) {
    const auto take = [&](std::string_view where) {
      take_prefix(where, "file://");
      const auto location = take_location(where);
      if (!location || is_foreign_path(location->path)) return;
      problem.path = location->path;
      problem.range = line_start(location->line);
    };
    for (const std::string_view line : lines_of(text)) {
      const std::size_t open = line.find("(file://");
      if (open != std::string_view::npos && problem.path.empty()) take(line.substr(open + 1));
    }
    for (const std::string_view key : {"at", "location"}) {
      if (problem.path.empty()) take(yaml_value(text, key));
    }
  }

  static void missing(TestReport& report, std::string message, int count) {
    Problem problem = failure_named("plan", "tap");
    problem.message = std::move(message);
    report.failed += count;
    add_failure(report, std::move(problem), {});
  }

  const Output& output_;
  std::size_t at_ = 0;
  std::size_t end_;
  std::size_t last_ = 0;
  bool strict_;
  bool has_version_ = false;
  bool is_node_ = false;
  std::optional<int> plan_;
  int top_points_ = 0;
  std::string bail_;
  std::optional<std::size_t> yaml_;                  ///< its indentation, while inside of one
  std::vector<std::pair<std::size_t, int>> counts_;  ///< indentation and points so far, outermost first
  std::vector<std::size_t> groups_;                  ///< open braces
  std::vector<std::size_t> open_;                    ///< points that may turn out to be subtests
  std::vector<Point> points_;
  std::vector<std::size_t> subtree_;  ///< of each point, its first descendant
  std::vector<std::string> names_;
};

/// Numbers that skip are foreign words, or a producer that does not count: the plan tells.
TapReader read_lines(const Output& output, std::size_t first, std::size_t end) {
  TapReader strict(output, first, end, true);
  if (strict.is_whole() || !strict.has_plan()) return strict;
  TapReader lenient(output, first, end, false);
  return lenient.is_whole() ? std::move(lenient) : std::move(strict);
}

/// Whether a line at the margin can open TAP: a version, a plan, or the first point where the plan comes
/// last.
bool opens_tap(std::string_view line) {
  if (line.starts_with("TAP version 1")) return true;
  if (line.starts_with("ok 1 ") || line.starts_with("not ok 1 ")) return true;
  int count = 0;
  return take_prefix(line, "1..") && take_count(line, count) && line.empty();
}

}  // namespace

ReadReport read_tap(std::string_view content) {
  if (content.size() > kMaxReportBytes) return tl::unexpected(ReadError{"the report is larger than 64 MiB"});
  const std::string text = printable(content);
  const Output output(text);
  TapReader reader = read_lines(output, 0, output.lines.size());
  if (!reader.is_tap()) return tl::unexpected(ReadError{"this is no TAP: it has neither a plan nor a test"});
  if (!reader.has_plan()) return tl::unexpected(ReadError{"the TAP has no plan: it was cut off"});
  return reader.report();
}

ConsoleRuns tap_runs(const Output& output) {
  std::size_t first = 0;
  while (first < output.lines.size() && !opens_tap(output.lines[first])) ++first;
  if (first == output.lines.size()) return {};
  TapReader reader = read_lines(output, first, output.lines.size());
  if (!reader.has_points() || !reader.is_announced()) return {};
  TestReport report = reader.report();
  return {{first, reader.end(), true, std::move(report)}};
}

}  // namespace autofix::problems
