// Tests of C and C++: through ctest where they are registered, else by the programs that hold them.
#include <algorithm>
#include <deque>
#include <set>

#include "server/verify/recipe_fillings.h"
#include "server/verify/recipe_names.h"

namespace autofix::verify {
namespace {

using problems::Problem;

constexpr std::size_t kMostTestFiles = 2'000;

std::string joined(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

/// One argument of a CMake command: `[==[raw]==]`, `"quoted"` or bare; taken off `text`.
std::string take_argument(std::string_view& text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  std::string argument;
  if (text.starts_with('[')) {
    const std::size_t open = text.find('[', 1);
    if (open != std::string_view::npos &&
        text.substr(1, open - 1).find_first_not_of('=') == std::string_view::npos) {
      const std::string close = "]" + std::string(open - 1, '=') + "]";
      const std::size_t end = std::min(text.find(close, open), text.size());
      argument = text.substr(open + 1, end - open - 1);
      text.remove_prefix(std::min(end + close.size(), text.size()));
      return argument;
    }
  }
  if (text.starts_with('"')) {
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
      if (text[at] == '\\' && at + 1 < text.size()) ++at;
      argument += text[at];
    }
    text.remove_prefix(std::min(at + 1, text.size()));
    return argument;
  }
  const std::size_t end = std::min(text.find_first_of(" \t\r\n()"), text.size());
  argument = text.substr(0, end);
  text.remove_prefix(end);
  return argument;
}

/// Calls `use` with the text behind each `command(`.
template <typename Use>
void each_call(std::string_view text, std::string_view command, const Use& use) {
  for (std::size_t at = text.find(command); at != std::string_view::npos; at = text.find(command, at + 1)) {
    const bool whole = at == 0 || !is_identifier(text.substr(at - 1, 1), "");
    if (whole) use(text.substr(at + command.size()));
  }
}

/// Names of the registered tests, from the files that CMake wrote. Empty where the programs have yet to be
/// asked for theirs.
std::set<std::string> ctest_names(const Project& project, const std::string& build) {
  std::set<std::string> names;
  std::set<std::string> seen;
  std::deque<std::string> to_read = {joined(build, "CTestTestfile.cmake")};
  while (!to_read.empty() && seen.size() < kMostTestFiles) {
    const std::string path = to_read.front();
    to_read.pop_front();
    if (!seen.insert(path).second) continue;
    const std::string& text = project.text_of(path);
    const auto follow = [&](std::string_view spelled, std::string_view file) {
      const std::string at = joined(std::string(spelled), file);
      const std::string absolute = spelled.starts_with('/') ? at : joined(folder_of(path), at);
      const std::string inside = project.files.relative(absolute);
      if (!inside.empty()) to_read.push_back(inside);
    };
    each_call(text, "add_test(", [&](std::string_view rest) { names.insert(take_argument(rest)); });
    each_call(text, "include(", [&](std::string_view rest) {
      const std::string file = take_argument(rest);
      const std::size_t slash = file.rfind('/');
      follow(slash == std::string::npos ? std::string() : file.substr(0, slash), file.substr(slash + 1));
    });
    each_call(text, "subdirs(", [&](std::string_view rest) {
      rest = rest.substr(0, rest.find(')'));
      while (rest.find_first_not_of(" \t\r\n") != std::string_view::npos) {
        const std::string folder = take_argument(rest);
        if (folder.empty()) break;
        follow(folder, "CTestTestfile.cmake");
      }
    });
  }
  // What catch_discover_tests registers while the program is not built.
  std::erase_if(names, [](const std::string& name) { return name.ends_with("_NOT_BUILT"); });
  return names;
}

/// Names that ctest may know a test by: its own, `Suite.Case`, and either behind a prefix of the project's.
std::vector<std::string> known_as(const Problem& problem, const std::set<std::string>& names) {
  const problems::TestFailure& test = *problem.test;
  for (const std::string& name : {test.name, test.class_name + "." + test.name}) {
    if (names.contains(name)) return {name};
  }
  const std::string suite = test.class_name.substr(0, test.class_name.find('.'));
  std::vector<std::string> found;
  for (const std::string& name : names) {
    if (!name.ends_with(test.name) || test.name.empty()) continue;
    const std::string_view prefix = std::string_view(name).substr(0, name.size() - test.name.size());
    // `Other.Case` is not this suite's `Case`.
    const bool foreign = prefix.ends_with('.') && !prefix.ends_with(suite + ".");
    if (!foreign && !is_identifier(prefix.substr(prefix.size() - 1), "")) found.push_back(name);
  }
  return found;
}

/// The pattern for all of the group's tests; empty when one of them is not registered in this build folder,
/// or cannot be selected.
struct Selection {
  bool registered = true;
  bool selectable = true;
  std::vector<std::string> patterns;
};

Selection select_tests(const Project& project, const Group& group, const std::string& build) {
  Selection selection;
  const std::set<std::string> names = ctest_names(project, build);
  for (const Problem* problem : group.problems) {
    if (!is_plain(problem->test->name)) {
      selection.selectable = false;
      continue;
    }
    // Nothing is known before the first run: the name, behind whatever prefix.
    if (names.empty()) selection.patterns.push_back("(.*[^A-Za-z0-9_])?" + escaped(problem->test->name));
    const std::vector<std::string> known = known_as(*problem, names);
    if (!names.empty() && known.empty()) selection.registered = false;
    for (const std::string& name : known) selection.patterns.push_back(escaped(name));
  }
  return selection;
}

// Programs
// ---------------------------------------------------------------------------------------------------------

/// Programs of CMake's that may hold a test: those whose `add_executable` names the test's file, and what
/// Catch2's reports put before the first dot of a class.
std::set<std::string> program_names(const Project& project, const Problem& problem,
                                    std::string_view endings) {
  std::set<std::string> names;
  const std::string_view class_name = problem.test->class_name;
  if (const std::size_t dot = class_name.find('.'); dot != std::string_view::npos) {
    names.emplace(class_name.substr(0, dot));
  }
  const auto file = find_test_file(project, problem, endings);
  if (!file) return names;
  const std::string base = file->path.substr(file->path.rfind('/') + 1);
  for (std::string folder = folder_of(file->path);; folder = folder_of(folder)) {
    const std::string& text = project.text_of(joined(folder, "CMakeLists.txt"));
    each_call(text, "add_executable(", [&](std::string_view rest) {
      rest = rest.substr(0, rest.find(')'));
      const bool holds = rest.find(base) != std::string_view::npos;
      std::string name = take_argument(rest);
      if (holds) names.insert(std::move(name));
    });
    if (folder.empty()) return names;
  }
}

struct TestProgram {
  std::string build;
  std::string path;
};

std::optional<TestProgram> find_test_program(const Project& project, const Problem& problem,
                                             std::string_view endings) {
  const auto file = find_test_file(project, problem, endings);
  const std::string folder = file ? folder_of(file->path) : std::string();
  for (const std::string& build : build_folders(project, "CMakeCache.txt")) {
    for (const std::string& name : program_names(project, problem, endings)) {
      if (!is_identifier(name, "-.+")) continue;
      for (const std::string& at :
           {joined(folder, name), name, "bin/" + name, "tests/" + name, "test/" + name}) {
        if (project.has(joined(build, at))) return TestProgram{build, joined(build, at)};
      }
    }
  }
  return std::nullopt;
}

constexpr std::string_view kNoProgram =
    "no built program in a build folder of CMake's holds it (build the project once)";

/// Catch2's test specification: `,` `[` `*` `"` and `\` mean something there, and so does a first `~` or `-`.
std::string catch2_name(std::string_view name) {
  std::string spec;
  for (const char byte : name) {
    const bool special = std::string_view("\\,[]*\"").find(byte) != std::string_view::npos;
    if (special || (spec.empty() && !is_identifier({&byte, 1}, ""))) spec += '\\';
    spec += byte;
  }
  return spec;
}

/// GoogleTest's filter has no way to escape its own characters.
std::string gtest_name(const problems::TestFailure& test) {
  std::string name = test.name;
  if (name.find('.') == std::string::npos && !test.class_name.empty()) name = test.class_name + "." + name;
  return is_identifier(name, "./") ? name : std::string();
}

/// Tests by program: {executable}, {build} and, joined by `separator`, {tests}.
tl::expected<Filling, std::string> by_program(const Project& project, const Group& group, char separator,
                                              std::string (*select)(const problems::TestFailure&)) {
  Filling filling;
  bool all_selectable = true;
  for (const Problem* problem : group.problems) {
    const auto program = find_test_program(project, *problem, group.recipe.endings);
    if (!program) return tl::unexpected(std::string(kNoProgram));
    const std::string argument = "./" + program->path;
    const Blanks wide = {{"executable", {argument}}, {"build", {as_argument(program->build, "")}}};
    auto at = std::ranges::find(filling.wide, wide);
    if (at == filling.wide.end()) {
      at = filling.wide.insert(at, wide);
      filling.narrow.push_back(wide);
    }
    const std::string test = select(*problem->test);
    if (test.empty()) all_selectable = false;
    auto& tests = filling.narrow[static_cast<std::size_t>(at - filling.wide.begin())]["tests"];
    if (tests.empty()) tests.emplace_back();
    tests.front() += (tests.front().empty() ? "" : std::string(1, separator)) + test;
  }
  if (!all_selectable) filling.narrow.clear();
  return filling;
}

}  // namespace

tl::expected<Filling, std::string> ctest_pattern(const Project& project, const Group& group) {
  const std::vector<std::string> builds = build_folders(project, "CTestTestfile.cmake");
  if (builds.empty()) {
    return tl::unexpected(std::string("no build folder with tests was found (configure the project once)"));
  }
  for (const std::string& build : builds) {
    const Selection selection = select_tests(project, group, build);
    if (!selection.registered) continue;
    Blanks blanks = {{"build", {as_argument(build, "")}}};
    Filling filling{{}, {blanks}};
    if (selection.selectable) {
      blanks["pattern"] = {any_of(selection.patterns)};
      filling.narrow.push_back(std::move(blanks));
    }
    return filling;
  }
  return tl::unexpected(std::string("ctest knows no test of that name"));
}

tl::expected<Filling, std::string> catch2_tests(const Project& project, const Group& group) {
  return by_program(project, group, ',', [](const problems::TestFailure& test) {
    return is_plain(test.name) ? catch2_name(test.name) : std::string();
  });
}

tl::expected<Filling, std::string> gtest_filter(const Project& project, const Group& group) {
  return by_program(project, group, ':', gtest_name);
}

}  // namespace autofix::verify
