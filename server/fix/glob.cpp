#include "server/fix/context.h"

namespace autofix::fix {
namespace {

/// Backtracks over at most one `*` and one `**` at a time by recursion on the rest; patterns come from
/// configuration and are short, so `budget` only keeps a hostile one from exploding.
bool match(std::string_view pattern, std::string_view path, int& budget) {
  if (--budget < 0) return false;
  while (!pattern.empty()) {
    if (pattern.starts_with("**")) {
      std::string_view rest = pattern.substr(2);
      if (rest.starts_with('/')) rest.remove_prefix(1);
      if (rest.empty()) return true;
      for (std::size_t i = 0; i <= path.size(); ++i) {
        if ((i == 0 || path[i - 1] == '/') && match(rest, path.substr(i), budget)) return true;
      }
      return false;
    }
    if (pattern.front() == '*') {
      for (std::size_t i = 0; i <= path.size(); ++i) {
        if (match(pattern.substr(1), path.substr(i), budget)) return true;
        if (i < path.size() && path[i] == '/') return false;
      }
      return false;
    }
    if (path.empty()) return false;
    if (pattern.front() == '?' ? path.front() == '/' : pattern.front() != path.front()) return false;
    pattern.remove_prefix(1);
    path.remove_prefix(1);
  }
  return path.empty();
}

}  // namespace

bool matches_glob(std::string_view pattern, std::string_view path) {
  int budget = 10'000;
  if (pattern.find('/') == std::string_view::npos) {
    return match(pattern, path.substr(path.rfind('/') + 1), budget);
  }
  if (pattern.ends_with('/')) return match(std::string(pattern) + "**", path, budget);
  return match(pattern, path, budget);
}

}  // namespace autofix::fix
