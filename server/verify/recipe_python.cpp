// How pytest, unittest and mypy name what they are to run.
#include <algorithm>

#include "server/verify/recipe_fillings.h"
#include "server/verify/recipe_names.h"

namespace autofix::verify {
namespace {

using problems::Problem;

std::string module_of(std::string_view path) {
  std::string module(path.substr(0, path.rfind('.')));
  std::ranges::replace(module, '/', '.');
  return module;
}

/// Classes and function of a test, `TestA::test_y[1]`, behind its file. Reports spell them behind `::`, or as
/// a dotted name that begins with the module, or as unittest prints them: `test_y
/// (tests.test_x.TestA.test_y)`.
std::string inner_name(const problems::TestFailure& test, std::string_view module) {
  if (const std::size_t colons = test.name.find("::"); colons != std::string::npos) {
    return test.name.substr(colons + 2);
  }
  std::string_view name = test.name;
  const std::string_view parameters = name.substr(std::min(name.find('['), name.size()));
  name.remove_suffix(parameters.size());
  std::string dotted(name);
  std::string_view class_name = test.class_name;
  if (const std::size_t open = name.find(" ("); open != std::string_view::npos && name.ends_with(')')) {
    class_name = name.substr(open + 2, name.size() - open - 3);
    dotted = name.substr(0, open);
  }
  if (class_name.ends_with("." + dotted)) class_name.remove_suffix(dotted.size() + 1);
  if (!class_name.empty() && !dotted.starts_with(class_name)) dotted = std::string(class_name) + "." + dotted;
  // Where the module begins depends on the folder that the report was made in.
  for (std::string_view rest = module; !rest.empty();) {
    if (dotted.starts_with(rest) && dotted.substr(rest.size()).starts_with('.')) {
      dotted.erase(0, rest.size() + 1);
      break;
    }
    const std::size_t dot = rest.find('.');
    rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  }
  if (!is_identifier(dotted, ".")) return {};
  std::string inner;
  for (const std::string_view part : split(dotted, '.'))
    inner += (inner.empty() ? "" : "::") + std::string(part);
  return inner + std::string(parameters);
}

/// The folder from which a file is imported: the first above it that is no package.
std::string top_of(const Project& project, std::string_view path) {
  std::string folder = folder_of(path);
  while (!folder.empty() && project.files.exists(folder + "/__init__.py")) folder = folder_of(folder);
  return folder;
}

}  // namespace

tl::expected<Filling, std::string> pytest_ids(const Project& project, const Group& group) {
  Blanks blanks;
  bool all_known = true;
  for (const Problem* problem : group.problems) {
    const auto file = find_test_file(project, *problem, group.recipe.endings);
    // A file that cannot be imported is the failing test itself.
    if (file && has_ending(problem->test->name, group.recipe.endings)) {
      blanks["tests"].push_back(as_argument(file->path, group.folder));
      continue;
    }
    const std::string inner = file ? inner_name(*problem->test, module_of(file->path)) : std::string();
    if (inner.empty() || !is_plain(inner)) {
      all_known = false;
      continue;
    }
    blanks["tests"].push_back(as_argument(file->path, group.folder) + "::" + inner);
  }
  return Filling{all_known ? std::vector<Blanks>{blanks} : std::vector<Blanks>{}, {{}}};
}

// Discovery finds the test's module however its folders are packaged, and `-k` with a star matches the whole
// name.
tl::expected<Filling, std::string> unittest_names(const Project& project, const Group& group) {
  Filling filling;
  bool all_known = true;
  for (const Problem* problem : group.problems) {
    const auto file = find_test_file(project, *problem, group.recipe.endings);
    if (!file) return tl::unexpected(std::string("none of the project's files seems to hold it"));
    std::string test = inner_name(*problem->test, module_of(file->path));
    if (const std::size_t colons = test.find("::"); colons == std::string::npos) {
      return tl::unexpected(std::string("unittest runs methods of classes only"));
    } else {
      test.replace(colons, 2, ".");
    }
    const std::string name = file->path.substr(file->path.rfind('/') + 1);
    const Blanks folders = {{"start", {as_argument(folder_of(file->path), group.folder)}},
                            {"top", {as_argument(top_of(project, file->path), group.folder)}}};
    if (std::ranges::find(filling.wide, folders) == filling.wide.end()) filling.wide.push_back(folders);
    if (!is_identifier(test, ".") || !is_identifier(name, ".")) {
      all_known = false;
      continue;
    }
    Blanks one = folders;
    one["file"] = {name};
    one["test"] = {"*" + module_of(name) + "." + test};
    filling.narrow.push_back(std::move(one));
  }
  if (!all_known) filling.narrow.clear();
  return filling;
}

/// Where the configuration says which files are mypy's, all of them are checked: a changed signature breaks
/// its callers.
tl::expected<Filling, std::string> mypy_files(const Project& project, const Group& group) {
  auto files = files_of(project, group);
  if (!files) return tl::unexpected(files.error());
  Blanks wide = {{"all", *files}};
  for (const char* name : {"mypy.ini", ".mypy.ini", "setup.cfg", "pyproject.toml"}) {
    const std::string& text = project.text_of(group.folder.empty() ? name : group.folder + "/" + name);
    const std::size_t section = text.find("mypy]");
    if (section == std::string::npos) continue;
    const std::string_view settings =
        std::string_view(text).substr(section, text.find("\n[", section) - section);
    for (const char* key : {"\nfiles", "\npackages", "\nmodules"}) {
      if (settings.find(key) != std::string_view::npos) wide["all"].clear();
    }
  }
  return Filling{{{{"files", std::move(*files)}}}, {wide}};
}

}  // namespace autofix::verify
