// What a model is shown of a project: the problems' lines first, then what helps to understand them, under a
// token budget. Collecting reads files once; fitting is pure and done anew for each link.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/fix/fix_request.h"

namespace autofix::fix {

/// Why lines are shown, most needed first; the order in which they get their share of the budget.
enum class Need { problem, region, imports, test_source, stack_frame, related, whole_file, mentioned };

/// Lines [first, last] of one file, zero-based.
struct Region {
  std::size_t file = 0;  ///< index into Context::files
  std::size_t first = 0;
  std::size_t last = 0;
  Need need = Need::problem;
};

struct ContextFile {
  std::string path;
  std::string text;
  bool has_problem = false;
};

struct Context {
  std::vector<ContextFile> files;
  std::vector<Region> regions;        ///< sorted by need, then as found
  std::vector<std::string> siblings;  ///< names of other files beside the problems', for orientation
};

/// One run of lines as it will be shown.
struct Excerpt {
  std::string path;
  std::size_t first_line = 0;  ///< zero-based
  std::size_t last_line = 0;
  std::size_t total_lines = 0;
  std::string text;
  bool whole() const { return first_line == 0 && last_line + 1 >= total_lines; }
};

/// `exclude`: globs of paths that are never shown (`context.exclude`). Secret files never are.
Context collect_context(const FixRequest& request, const std::vector<std::string>& exclude);

/// The excerpts that fit into `max_tokens`, files in the order of their most needed lines, excerpts by line.
std::vector<Excerpt> fit_context(const Context& context, int max_tokens);

/// The lines of the innermost function, class or block around `line`, found by indentation alone so that it
/// works for every language; at most 160 lines, [first, last].
std::pair<std::size_t, std::size_t> enclosing_region(std::string_view text, std::size_t line);

/// `*` and `?` within a component, `**` across components; a pattern without `/` matches the file's name
/// anywhere.
bool matches_glob(std::string_view pattern, std::string_view path);

}  // namespace autofix::fix
