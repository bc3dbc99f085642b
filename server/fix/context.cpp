#include "server/fix/context.h"

#include <algorithm>
#include <map>
#include <set>

#include "providers/provider.h"
#include "server/text/line_index.h"

namespace autofix::fix {
namespace {

constexpr std::size_t kAroundProblem = 6;
constexpr std::size_t kLongestRegion = 160;
constexpr std::size_t kImportsWithin = 200;
constexpr std::size_t kWholeFileLines = 700;
constexpr std::size_t kMostMentioned = 4;
constexpr std::size_t kMentionedLines = 120;
constexpr std::size_t kMostFiles = 24;
constexpr std::size_t kMostSiblings = 60;

std::string_view trimmed_left(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? std::string_view{} : line.substr(first);
}

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r\f\v") == std::string_view::npos;
}

/// A tab counts as reaching the next multiple of four: only comparisons within one file matter.
std::size_t indentation(std::string_view line) {
  std::size_t width = 0;
  for (const char c : line) {
    if (c == ' ') {
      ++width;
    } else if (c == '\t') {
      width = (width / 4 + 1) * 4;
    } else {
      break;
    }
  }
  return width;
}

bool closes_a_block(std::string_view line) {
  const std::string_view text = trimmed_left(line);
  return !text.empty() &&
         (text.front() == '}' || text.front() == ')' || text.front() == ']' || text == "end");
}

bool is_import(std::string_view line) {
  const std::string_view text = trimmed_left(line);
  for (const std::string_view word : {"import ", "from ", "#include", "use ", "using ", "require", "package ",
                                      "export * from", "@import"}) {
    if (text.starts_with(word)) return true;
  }
  return text.find("= require(") != std::string_view::npos;
}

/// Builds the regions of one request; holds what would otherwise be passed to every step.
class Collector {
 public:
  Collector(const FixRequest& request, const std::vector<std::string>& exclude)
      : request_(request), exclude_(exclude) {}

  Context collect() {
    for (const problems::Problem& problem : request_.problems) add_problem(problem);
    for (const problems::Problem& problem : request_.problems) add_surroundings(problem);
    add_mentioned();
    add_siblings();
    std::ranges::stable_sort(context_.regions, {}, &Region::need);
    return std::move(context_);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  /// Index of the file in the context, reading it at first use; kNone when it cannot or must not be shown.
  std::size_t file(std::string_view spelled) {
    if (spelled.empty() || !request_.files) return kNone;
    const std::string path = request_.files->relative(spelled);
    if (path.empty()) return kNone;
    if (request_.only_path && path != *request_.only_path) return kNone;
    if (const auto known = indices_.find(path); known != indices_.end()) return known->second;
    std::size_t index = kNone;
    const bool hidden = is_secret_path(path) || std::ranges::any_of(exclude_, [&](const std::string& glob) {
                          return matches_glob(glob, path);
                        });
    if (!hidden && context_.files.size() < kMostFiles) {
      if (auto text = request_.files->read(path); text && text->find('\0') == std::string::npos) {
        index = context_.files.size();
        lines_.emplace_back(*text);
        context_.files.push_back({path, std::move(*text), false});
      }
    }
    indices_.emplace(path, index);
    return index;
  }

  void add(std::size_t file, std::size_t first, std::size_t last, Need need) {
    const std::size_t count = lines_[file].line_count();
    if (first >= count) first = count - 1;
    context_.regions.push_back({file, first, std::min(last, count - 1), need});
  }

  void add_around(std::size_t file, std::size_t line, Need need) {
    add(file, line < kAroundProblem ? 0 : line - kAroundProblem, line + kAroundProblem, need);
  }

  void add_enclosing(std::size_t file, std::size_t line, Need need) {
    const auto [first, last] = enclosing_region(context_.files[file].text, line);
    add(file, first, last, need);
  }

  void add_imports(std::size_t file) {
    const std::string& text = context_.files[file].text;
    const text::LineIndex& lines = lines_[file];
    std::size_t last = 0;
    for (std::size_t i = 0; i < std::min(lines.line_count(), kImportsWithin); ++i) {
      const text::ByteSpan span = lines.line(text, i);
      const std::string_view line = std::string_view(text).substr(span.begin, span.end - span.begin);
      if (!is_import(line)) continue;
      last = i;
      remember_words(line);
    }
    add(file, 0, std::max<std::size_t>(last + 1, 4), Need::imports);
  }

  /// What an import line names may be a file of the project.
  void remember_words(std::string_view line) {
    const auto in_word = [](char c) {
      return isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    };
    for (std::size_t begin = 0; begin < line.size();) {
      std::size_t end = begin;
      while (end < line.size() && in_word(line[end])) ++end;
      if (end > begin) imported_.emplace(line.substr(begin, end - begin));
      begin = end + 1;
    }
  }

  void add_problem(const problems::Problem& problem) {
    const std::size_t index = file(problem.path);
    if (index == kNone) return;
    context_.files[index].has_problem = true;
    add_around(index, problem.range.start.line, Need::problem);
    if (problem.range.end.line > problem.range.start.line + kAroundProblem) {
      add(index, problem.range.start.line,
          std::min<std::size_t>(problem.range.end.line, problem.range.start.line + kLongestRegion),
          Need::region);
    }
  }

  void add_surroundings(const problems::Problem& problem) {
    const std::size_t index = file(problem.path);
    if (index != kNone) {
      add_enclosing(index, problem.range.start.line, Need::region);
      add_imports(index);
      add_whole(index);
    }
    for (const problems::RelatedLocation& related : problem.related) {
      if (const std::size_t other = file(related.path); other != kNone) {
        add_around(other, related.range.start.line, Need::related);
      }
    }
    if (problem.test) add_test(*problem.test);
    for (const std::string_view name : quoted_names(problem.message)) names_.emplace(name);
  }

  void add_test(const problems::TestFailure& test) {
    // Frameworks that name tests by file put it before `::`.
    const std::string named = test.name.substr(0, test.name.find("::"));
    if (const std::size_t index = file(named); index != kNone) {
      add_whole_if(index, kMentionedLines, Need::test_source);
      add_test_function(index, test.name);
    }
    // The innermost frames say most.
    for (auto frame = test.stack.rbegin(); frame != test.stack.rend(); ++frame) {
      const std::size_t index = file(frame->path);
      if (index == kNone) continue;
      add_around(index, frame->line, Need::stack_frame);
      add_enclosing(index, frame->line, Need::stack_frame);
      add_imports(index);
      add_whole(index);
    }
    for (const std::string_view name : quoted_names(test.output)) names_.emplace(name);
  }

  void add_test_function(std::size_t index, const std::string& name) {
    std::string function = name.substr(name.rfind(':') == std::string::npos ? 0 : name.rfind(':') + 1);
    function = function.substr(0, function.find('['));
    if (function.empty()) return;
    const std::string& text = context_.files[index].text;
    const std::size_t at = text.find(function);
    if (at == std::string::npos) return;
    const std::size_t line = lines_[index].position_of(text, at, text::PositionEncoding::utf8).line;
    add_enclosing(index, line + 1, Need::test_source);
    add_imports(index);
  }

  void add_whole(std::size_t index) { add_whole_if(index, kWholeFileLines, Need::whole_file); }

  void add_whole_if(std::size_t index, std::size_t most_lines, Need need) {
    const std::size_t count = lines_[index].line_count();
    if (count <= most_lines) add(index, 0, count - 1, need);
  }

  /// Names in quotes in a message: 'models', "Task", `tasks`.
  static std::vector<std::string_view> quoted_names(std::string_view text) {
    std::vector<std::string_view> names;
    for (std::size_t i = 0; i < text.size() && names.size() < 20; ++i) {
      const char quote = text[i];
      if (quote != '\'' && quote != '"' && quote != '`') continue;
      std::size_t end = i + 1;
      while (end < text.size() && (isalnum(static_cast<unsigned char>(text[end])) != 0 || text[end] == '_' ||
                                   text[end] == '.' || text[end] == '-' || text[end] == '/')) {
        ++end;
      }
      if (end < text.size() && text[end] == quote && end - i > 2) {
        names.push_back(text.substr(i + 1, end - i - 1));
        i = end;
      }
    }
    return names;
  }

  const std::vector<std::string>& listing() {
    if (!listed_ && request_.files && !request_.only_path) listing_ = request_.files->list();
    listed_ = true;
    return listing_;
  }

  /// Files called as something in the messages: the module that is not imported, the header that is missing.
  /// Then the project's own files that the shown ones import.
  void add_mentioned() {
    add_called(names_);
    add_called(imported_);
  }

  void add_called(const std::set<std::string, std::less<>>& names) {
    if (names.empty()) return;
    std::size_t added = 0;
    for (const std::string& path : listing()) {
      const std::string_view name = std::string_view(path).substr(path.rfind('/') + 1);
      const std::string_view stem = name.substr(0, name.find('.'));
      if (!names.contains(stem) && !names.contains(name)) continue;
      if (indices_.contains(path)) continue;
      if (const std::size_t index = file(path); index != kNone) {
        add(index, 0, kMentionedLines, Need::mentioned);
        if (++added == kMostMentioned) return;
      }
    }
  }

  void add_siblings() {
    std::set<std::string, std::less<>> folders;
    for (const ContextFile& shown : context_.files) {
      if (shown.has_problem) folders.insert(shown.path.substr(0, shown.path.rfind('/') + 1));
    }
    if (folders.empty()) return;
    for (const std::string& path : listing()) {
      if (!folders.contains(path.substr(0, path.rfind('/') + 1)) || is_secret_path(path)) continue;
      if (indices_.contains(path)) continue;
      context_.siblings.push_back(path);
      if (context_.siblings.size() == kMostSiblings) return;
    }
  }

  const FixRequest& request_;
  const std::vector<std::string>& exclude_;
  Context context_;
  std::vector<text::LineIndex> lines_;
  std::map<std::string, std::size_t, std::less<>> indices_;
  std::set<std::string, std::less<>> names_;     // in quotes in messages
  std::set<std::string, std::less<>> imported_;  // words of the shown files' imports
  std::vector<std::string> listing_;
  bool listed_ = false;
};

}  // namespace

Context collect_context(const FixRequest& request, const std::vector<std::string>& exclude) {
  return Collector(request, exclude).collect();
}

std::pair<std::size_t, std::size_t> enclosing_region(std::string_view text, std::size_t line) {
  const text::LineIndex lines(text);
  const auto content = [&](std::size_t i) {
    const text::ByteSpan span = lines.line(text, i);
    return text.substr(span.begin, span.end - span.begin);
  };
  const std::size_t count = lines.line_count();
  line = std::min(line, count - 1);
  while (line > 0 && is_blank(content(line))) --line;

  // Up to the nearest header that is indented less, until one at the outermost level or the region gets too
  // long.
  std::size_t first = line;
  std::size_t header_indentation = indentation(content(line));
  for (std::size_t i = line; i-- > 0 && header_indentation > 0 && line - i < kLongestRegion / 2;) {
    if (is_blank(content(i)) || indentation(content(i)) >= header_indentation) continue;
    first = i;
    header_indentation = indentation(content(i));
  }
  // A brace on its own line belongs to the signature above it.
  while (first > 0 && trimmed_left(content(first)).starts_with('{') && !is_blank(content(first - 1))) --first;

  std::size_t last = line;
  for (std::size_t i = line + 1; i < count && i - first < kLongestRegion; ++i) {
    if (is_blank(content(i))) continue;
    if (indentation(content(i)) <= header_indentation && i > line) {
      if (closes_a_block(content(i))) last = i;
      break;
    }
    last = i;
  }
  return {first, last};
}

std::vector<Excerpt> fit_context(const Context& context, int max_tokens) {
  std::vector<text::LineIndex> lines;
  std::vector<std::vector<bool>> chosen;
  for (const ContextFile& file : context.files) {
    lines.emplace_back(file.text);
    chosen.emplace_back(lines.back().line_count(), false);
  }
  const auto line_tokens = [&](std::size_t file, std::size_t line) {
    const text::ByteSpan span = lines[file].line_with_ending(context.files[file].text, line);
    return providers::estimate_tokens(
        std::string_view(context.files[file].text).substr(span.begin, span.end - span.begin));
  };

  int left = max_tokens;
  std::vector<std::size_t> order;  // files by their most needed lines
  for (const Region& region : context.regions) {
    int cost = 12;  // heading and fences
    for (std::size_t i = region.first; i <= region.last; ++i) {
      if (!chosen[region.file][i]) cost += line_tokens(region.file, i);
    }
    if (cost > left) continue;
    left -= cost;
    for (std::size_t i = region.first; i <= region.last; ++i) chosen[region.file][i] = true;
    if (std::ranges::find(order, region.file) == order.end()) order.push_back(region.file);
  }

  std::vector<Excerpt> excerpts;
  for (const std::size_t file : order) {
    const std::string& text = context.files[file].text;
    const std::size_t count = lines[file].line_count();
    for (std::size_t i = 0; i < count; ++i) {
      if (!chosen[file][i]) continue;
      const std::size_t first = i;
      while (i + 1 < count && chosen[file][i + 1]) ++i;
      const std::size_t begin = lines[file].line(text, first).begin;
      const std::size_t end = lines[file].line_with_ending(text, i).end;
      excerpts.push_back({context.files[file].path, first, i, count, text.substr(begin, end - begin)});
    }
  }
  return excerpts;
}

}  // namespace autofix::fix
