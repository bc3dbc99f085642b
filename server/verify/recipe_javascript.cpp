// How the test runners of JavaScript select a test, and which configuration tsc checks a file by.
#include <algorithm>

#include "server/fix/check_patch.h"
#include "server/verify/recipe_fillings.h"
#include "server/verify/recipe_names.h"

namespace autofix::verify {
namespace {

using nlohmann::json;
using problems::Problem;

constexpr std::string_view kConsoleBullets[] = {" > ", " › "};

/// A test's name as a pattern. Consoles print ` > ` or ` › ` between a suite and its test, runners match a
/// blank; a name may hold such a sign of its own, so that both fit.
std::string pattern_of(std::string_view name) {
  std::string pattern;
  while (!name.empty()) {
    std::size_t at = name.size();
    std::size_t length = 0;
    for (const std::string_view bullet : kConsoleBullets) {
      const std::size_t found = name.find(bullet);
      if (found < at) {
        at = found;
        length = bullet.size();
      }
    }
    pattern += escaped(name.substr(0, at));
    if (length > 0) pattern += "( [>›])? ";
    name.remove_prefix(at + length);
  }
  return pattern;
}

std::string_view leaf_of(std::string_view name) {
  for (const std::string_view bullet : kConsoleBullets) {
    if (const std::size_t at = name.rfind(bullet); at != std::string_view::npos) {
      name.remove_prefix(at + bullet.size());
    }
  }
  return name;
}

/// Some reports have the suite in the class alone, some have it in the name too, some have the file there.
std::string suite_of(const problems::TestFailure& test, std::string_view endings) {
  const std::string& name = test.class_name;
  if (!is_plain(name) || has_ending(name, endings) || name == "test") return {};
  return test.name.starts_with(name) ? std::string() : name;
}

/// Words that would send the output elsewhere, or never end.
bool is_unwanted(std::string_view word) {
  for (const std::string_view start :
       {"--reporter", "-R", "--watch", "-w", "--test-reporter", "--coverage"}) {
    if (word == start || (start.starts_with("--") && word.starts_with(start))) return true;
  }
  return word == "--test";
}

/// The words of a script behind the program's name, when it needs no shell but for `*`, which the runners
/// expand themselves.
std::vector<std::string> words_behind(const std::string& script, std::string_view program) {
  std::vector<std::string> words = parse_command(script).argv;
  if (!words.empty() && words.front() == "/bin/sh") {
    words.clear();
    if (!is_identifier("x" + script, " -./=:,@*{}")) return {};
    for (const std::string_view word : split(script, ' ')) words.emplace_back(word);
  }
  const auto at = std::ranges::find(words, program);
  if (at == words.end()) return {};
  std::vector<std::string> rest;
  for (auto word = at + 1; word != words.end(); ++word) {
    if (!is_plain(*word)) return {};
    if (!is_unwanted(*word)) {
      rest.push_back(*word);
    } else if ((*word == "--reporter" || *word == "-R") && word + 1 != words.end()) {
      ++word;
    }
  }
  return rest;
}

/// What the package's own scripts tell the runner: its files and what to load first.
std::vector<std::string> script_words(const Project& project, std::string_view folder,
                                      std::string_view program) {
  const std::string path = folder.empty() ? "package.json" : std::string(folder) + "/package.json";
  const json& package = project.json_of(path);
  const auto scripts = package.find("scripts");
  if (scripts == package.end() || !scripts->is_object()) return {};
  for (const char* name : {"test", "test:unit", "tests", "unit"}) {
    const auto script = scripts->find(name);
    if (script == scripts->end() || !script->is_string()) continue;
    auto words = words_behind(script->get<std::string>(), program);
    if (!words.empty()) return words;
  }
  return {};
}

/// The tests' files; none when one of them is not known.
std::vector<std::string> test_files(const Project& project, const Group& group) {
  std::vector<std::string> files;
  for (const Problem* problem : group.problems) {
    const auto file = find_test_file(project, *problem, group.recipe.endings);
    if (!file) return {};
    const std::string argument = as_argument(file->path, group.folder);
    if (std::ranges::find(files, argument) == files.end()) files.push_back(argument);
  }
  return files;
}

Filling with_patterns(const Project& project, const Group& group, std::string_view program,
                      const std::vector<std::string>& patterns) {
  const std::vector<std::string> files = test_files(project, group);
  std::vector<std::string> script = script_words(project, group.folder, program);
  // Mocha looks into `test` alone where nobody tells it more.
  if (script.empty() && program == "mocha") script = files;
  const Blanks wide = {{"script", script}};
  if (patterns.size() < group.problems.size()) return {{}, {wide}};
  return {{{{"script", script}, {"files", files}, {"pattern", {any_of(patterns)}}}}, {wide}};
}

}  // namespace

tl::expected<Filling, std::string> test_pattern(const Project& project, const Group& group) {
  std::vector<std::string> patterns;
  for (const Problem* problem : group.problems) {
    if (!is_plain(problem->test->name)) continue;
    // A file that cannot be loaded is the failing test itself.
    if (has_ending(problem->test->name, group.recipe.endings) && find_file(project, problem->test->name)) {
      patterns.emplace_back(".*");
      continue;
    }
    const std::string suite = suite_of(*problem->test, group.recipe.endings);
    const std::string prefix = suite.empty() ? std::string() : "(" + pattern_of(suite) + " )?";
    patterns.push_back(prefix + pattern_of(problem->test->name));
  }
  return with_patterns(project, group, group.recipe.name, patterns);
}

/// Older Nodes match a test's own name, newer ones also the one with its suites.
tl::expected<Filling, std::string> node_pattern(const Project& project, const Group& group) {
  std::vector<std::string> patterns;
  for (const Problem* problem : group.problems) {
    const std::string_view name = problem->test->name;
    if (!is_plain(name)) continue;
    const std::string_view leaf = leaf_of(name);
    const std::string_view suites = name.substr(0, name.size() - leaf.size());
    const std::string prefix = suites.empty() ? std::string() : "(" + pattern_of(suites) + ")?";
    patterns.push_back(prefix + escaped(leaf));
  }
  return with_patterns(project, group, "node", patterns);
}

/// A configuration that only points to others checks nothing by itself, so that those are taken.
tl::expected<Filling, std::string> tsconfigs(const Project& project, const Group& group) {
  Filling filling;
  for (const Problem* problem : group.problems) {
    const auto file = find_file(project, problem->path);
    if (!file) return tl::unexpected(std::string("the project has no such file"));
    std::vector<std::string> configs;
    for (const char* name : {"tsconfig.json", "jsconfig.json"}) {
      const auto folder = nearest_sign(project, file->path, name, "");
      if (folder && configs.empty()) configs.push_back(folder->empty() ? name : *folder + "/" + name);
    }
    if (configs.empty()) {
      filling.wide.push_back({{"tsconfig", {as_argument(file->path, group.folder)}}});
      continue;
    }
    const json& config = project.json_of(configs.front());
    const json none = json::array();
    const bool points_only = config.is_object() && config.value("files", json()) == none &&
                             config.value("references", none).is_array();
    if (points_only) {
      const std::string folder = folder_of(configs.front());
      configs.clear();
      for (const json& reference : config.value("references", none)) {
        if (!reference.is_object() || !reference.value("path", json()).is_string()) continue;
        std::string path = (folder.empty() ? "" : folder + "/") + reference["path"].get<std::string>();
        path = fix::normalized_path(path);
        if (!path.empty()) configs.push_back(path);
      }
      if (configs.empty()) return tl::unexpected(std::string("its tsconfig.json names no files"));
    }
    for (const std::string& path : configs) {
      filling.wide.push_back({{"tsconfig", {"-p", as_argument(path, group.folder)}}});
    }
  }
  return filling;
}

}  // namespace autofix::verify
