#include "server/verify/recipe_places.h"

#include <algorithm>
#include <array>

#include "server/fix/check_patch.h"
#include "server/text/json.h"
#include "server/verify/recipe_names.h"

namespace autofix::verify {
namespace {

/// `folder/name`, or just the name at the root.
std::string joined(std::string_view folder, std::string_view name) {
  return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

/// The folder itself, then each above it, the root last.
std::vector<std::string> upwards(std::string_view folder) {
  std::vector<std::string> folders = {std::string(folder)};
  while (!folders.back().empty()) folders.push_back(folder_of(folders.back()));
  return folders;
}

bool has_sign(const Project& project, std::string_view folder, std::string_view sign, std::string_view test) {
  const std::size_t tilde = std::min(sign.find('~'), sign.size());
  const std::string_view name = sign.substr(0, tilde);
  const std::string path = name == "{test}" ? std::string(test) : joined(folder, name);
  if (path.empty() || !project.files.exists(path)) return false;
  if (tilde == sign.size()) return true;
  return project.text_of(path).find(sign.substr(tilde + 1)) != std::string::npos;
}

/// The file that a dotted name begins with: `tests.test_x.TestA` is in `tests/test_x.py`. A name's package
/// may be written from any folder, as Java's always is.
std::optional<FoundFile> find_dotted(const Project& project, std::string_view name,
                                     std::string_view endings) {
  if (!is_identifier(name, ".$")) return std::nullopt;
  std::string path(name.substr(0, name.find('$')));
  std::ranges::replace(path, '.', '/');
  for (; !path.empty(); path = folder_of(path)) {
    for (const std::string_view ending : split(endings, ' ')) {
      if (auto found = find_file(project, path + std::string(ending))) return found;
    }
  }
  return std::nullopt;
}

bool looks_like_a_test(std::string_view path) {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  return name.find("test") != std::string_view::npos || name.find("Test") != std::string_view::npos ||
         name.find("spec") != std::string_view::npos || path.starts_with("test") ||
         path.find("/test") != std::string_view::npos;
}

/// What CMakePresets.json says of its build folders, below the root.
std::vector<std::string> preset_folders(const Project& project) {
  std::vector<std::string> folders;
  for (const char* file : {"CMakePresets.json", "CMakeUserPresets.json"}) {
    const nlohmann::json& presets = project.json_of(file);
    const auto list = presets.find("configurePresets");
    if (list == presets.end() || !list->is_array()) continue;
    for (const auto& preset : *list) {
      if (!preset.is_object()) continue;
      const auto folder = preset.find("binaryDir");
      const auto name = preset.find("name");
      if (folder == preset.end() || !folder->is_string()) continue;
      std::string path = folder->get<std::string>();
      for (const auto& [variable, value] :
           {std::pair<std::string_view, std::string>{"${sourceDir}/", ""},
            {"${presetName}", name != preset.end() && name->is_string() ? name->get<std::string>() : ""}}) {
        if (const std::size_t at = path.find(variable); at != std::string::npos) {
          path.replace(at, variable.size(), value);
        }
      }
      folders.push_back(fix::normalized_path(path));
    }
  }
  return folders;
}

}  // namespace

std::vector<std::string_view> split(std::string_view list, char separator) {
  std::vector<std::string_view> words;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(separator), list.size());
    if (end > 0) words.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return words;
}

std::string folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return std::string(slash == std::string_view::npos ? std::string_view() : path.substr(0, slash));
}

std::string as_argument(std::string_view path, std::string_view folder) {
  if (!folder.empty() && path.starts_with(folder) && path.substr(folder.size()).starts_with('/')) {
    path.remove_prefix(folder.size() + 1);
  }
  if (path.empty() || path == folder) return ".";
  // `-x.py` is an option, `@x.py` a file of arguments, `+x` an editor's way to a line.
  const bool harmless = is_identifier(path.substr(0, 1), "./");
  return (harmless ? "" : "./") + std::string(path);
}

bool has_ending(std::string_view path, std::string_view endings) {
  return std::ranges::any_of(split(endings, ' '),
                             [&](std::string_view ending) { return path.ends_with(ending); });
}

const std::string& Project::text_of(std::string_view path) const {
  auto known = texts_.find(path);
  if (known == texts_.end()) known = texts_.emplace(path, files.read(path).value_or(std::string())).first;
  return known->second;
}

const nlohmann::json& Project::json_of(std::string_view path) const {
  auto known = values_.find(path);
  if (known == values_.end()) {
    known = values_.emplace(path, text::parse_json(text_of(path), true).value_or(nlohmann::json())).first;
  }
  return known->second;
}

const std::vector<std::string>& Project::list() const {
  if (!list_) list_ = files.list();
  return *list_;
}

const std::vector<std::string>& Project::named(std::string_view name) const {
  static const std::vector<std::string> kNone;
  if (by_name_.empty()) {
    for (const std::string& path : list()) by_name_[path.substr(path.rfind('/') + 1)].push_back(path);
  }
  const auto known = by_name_.find(name);
  return known == by_name_.end() ? kNone : known->second;
}

std::optional<FoundFile> find_file(const Project& project, std::string_view spelled) {
  if (!is_plain(spelled)) return std::nullopt;
  const std::string path = project.files.relative(spelled);
  if (path.empty()) return std::nullopt;
  if (project.files.exists(path)) return FoundFile{path, {}};
  const std::string ending = "/" + path;
  std::optional<FoundFile> found;
  for (const std::string& file : project.named(path.substr(path.rfind('/') + 1))) {
    if (!file.ends_with(ending)) continue;
    if (found) return std::nullopt;
    found = FoundFile{file, file.substr(0, file.size() - ending.size())};
  }
  return found;
}

std::optional<FoundFile> find_test_file(const Project& project, const problems::Problem& problem,
                                        std::string_view endings) {
  if (!problem.test) return find_file(project, problem.path);
  const problems::TestFailure& test = *problem.test;
  const std::string_view name = test.name;
  for (const std::string_view path : {name.substr(0, name.find("::")), std::string_view(test.class_name)}) {
    if (!has_ending(path, endings)) continue;
    if (auto found = find_file(project, path)) return found;
  }
  // unittest prints `test_y (tests.test_x.TestA)`, surefire `adds(demo.CalcTest)`.
  const std::size_t open = name.find('(');
  const bool bracketed = open != std::string_view::npos && name.ends_with(')');
  const std::string_view in_brackets =
      bracketed ? name.substr(open + 1, name.size() - open - 2) : std::string_view();
  for (const std::string_view dotted : {std::string_view(test.class_name), in_brackets, name}) {
    if (auto found = find_dotted(project, dotted, endings)) return found;
  }
  std::optional<FoundFile> other;
  const auto take = [&](std::string_view path) {
    if (!has_ending(path, endings)) return false;
    auto found = find_file(project, path);
    if (!found) return false;
    const bool good = looks_like_a_test(found->path);
    if (good || !other) other = std::move(found);
    return good;
  };
  for (const problems::StackFrame& frame : test.stack) {
    if (take(frame.path)) return other;
  }
  take(problem.path);
  return other;
}

std::optional<std::string> nearest_sign(const Project& project, std::string_view path, std::string_view signs,
                                        std::string_view test) {
  for (const std::string& folder : upwards(folder_of(path))) {
    for (const std::string_view sign : split(signs, ' ')) {
      if (has_sign(project, folder, sign, test)) return folder;
    }
  }
  return std::nullopt;
}

std::vector<std::string> find_program(const Project& project, std::string_view folder,
                                      std::string_view programs, Origin origin) {
  static constexpr std::array kEnvironments = {".venv/bin/", "venv/bin/"};
  std::string way;  // from the folder up to the one that is looked at
  for (const std::string& at : upwards(folder)) {
    for (const std::string_view program : split(programs, '|')) {
      if (origin == Origin::node) {
        const std::string own = "node_modules/.bin/" + std::string(program);
        if (project.has(joined(at, own))) return {way + own};
      }
      if (origin != Origin::python && origin != Origin::module) continue;
      for (const char* environment : kEnvironments) {
        const std::string own = environment + std::string(program);
        if (!project.has(joined(at, own))) continue;
        if (origin == Origin::python) return {way + own};
        return {way + environment + "python", "-m", std::string(program)};
      }
    }
    way += "../";
  }
  for (const std::string_view program : split(programs, '|')) {
    if (!project.has(program)) continue;
    // Which Python a program of PATH belongs to is not known, so it is not run with `-m`.
    if (origin == Origin::module) return {"env", "PYTHONPATH=.", std::string(program)};
    return {std::string(program)};
  }
  return {};
}

std::vector<std::string> build_folders(const Project& project, std::string_view file) {
  std::vector<std::string> folders;
  const auto add = [&](const std::string& folder) {
    if (std::ranges::find(folders, folder) == folders.end() && project.files.exists(joined(folder, file))) {
      folders.push_back(folder);
    }
  };
  // Build folders are in no listing, so that the usual ones are tried by name.
  add("build");
  for (const std::string& folder : preset_folders(project)) add(folder);
  for (const char* parent : {"build", "out", "out/build", "builds"}) {
    for (const char* name : {"debug", "Debug", "dev", "default", "release", "Release", "relwithdebinfo",
                             "RelWithDebInfo", "gcc", "clang", "asan", "x64-Debug"}) {
      add(std::string(parent) + "/" + name);
    }
  }
  for (const char* folder : {"cmake-build-debug", "cmake-build-release", "_build", "out", "bin", ""})
    add(folder);
  for (const std::string& path : project.named(file)) add(folder_of(path));
  return folders;
}

}  // namespace autofix::verify
