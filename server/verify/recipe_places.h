// Where the things are that a recipe needs: a problem's file, the folder a tool works in, its program, the
// build folder. Reads names and texts of files, runs nothing.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/project_files.h"
#include "server/problems/problem.h"
#include "server/verify/recipe.h"

namespace autofix::verify {

/// The project as the recipes ask about it. What was read or listed once is kept: a hundred problems ask for
/// the same files. For one thread.
class Project {
 public:
  Project(const fix::ProjectFiles& project_files, const HasProgram& has_program)
      : files(project_files), has(has_program) {}

  const fix::ProjectFiles& files;
  const HasProgram& has;

  /// Empty when the file cannot be read.
  const std::string& text_of(std::string_view path) const;

  /// With comments allowed; null when there is no such file or it is no JSON.
  const nlohmann::json& json_of(std::string_view path) const;

  const std::vector<std::string>& list() const;

  /// Those of that name, without its folder.
  const std::vector<std::string>& named(std::string_view name) const;

 private:
  mutable std::map<std::string, std::string, std::less<>> texts_;
  mutable std::map<std::string, nlohmann::json, std::less<>> values_;
  mutable std::optional<std::vector<std::string>> list_;
  mutable std::map<std::string, std::vector<std::string>, std::less<>> by_name_;
};

/// A file of the project and the folder from which a report spelled it: `x_test.py` of a report made in
/// `backend` is `backend/x_test.py`, folder `backend`.
struct FoundFile {
  std::string path;
  std::string folder;
};

/// The file of that path; else the only one whose path ends so.
std::optional<FoundFile> find_file(const Project& project, std::string_view spelled);

/// The file that holds a failing test, with one of `endings`: what its name or class says, else the outermost
/// frame in a file that looks like a test's, else where it failed.
std::optional<FoundFile> find_test_file(const Project& project, const problems::Problem& problem,
                                        std::string_view endings);

/// The folder nearest to `path`, going up, that has one of the signs (see Recipe::signs). `test` is what
/// `{test}` means.
std::optional<std::string> nearest_sign(const Project& project, std::string_view path, std::string_view signs,
                                        std::string_view test);

/// Who has a tool's program: PATH alone; a node_modules/.bin; a virtual environment; or, for a program that
/// finds the project's own modules only when Python runs it as one, the environment's Python with `-m`.
enum class Origin { path, node, python, module };

/// The words that start the first of `programs` (between bars) that is there: the project's own in `folder`
/// or above it, else PATH's. They are right for a command that runs in `folder`. Empty when there is none.
std::vector<std::string> find_program(const Project& project, std::string_view folder,
                                      std::string_view programs, Origin origin);

/// Folders, below the root, where a build by CMake might lie, those that have `file`.
std::vector<std::string> build_folders(const Project& project, std::string_view file);

/// Folder part of a path, empty at the root.
std::string folder_of(std::string_view path);

/// `path` as seen from `folder`, which holds it; never begins with what a tool takes for an option or for a
/// file of arguments.
std::string as_argument(std::string_view path, std::string_view folder);

/// True when it has one of the endings of a list like `.py .pyi`.
bool has_ending(std::string_view path, std::string_view endings);

/// The words of a list, at `separator`, without the empty ones.
std::vector<std::string_view> split(std::string_view list, char separator);

}  // namespace autofix::verify
