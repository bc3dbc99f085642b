#include "server/cli/project.h"

#include "protocol/uri.h"
#include "server/cli/archive/unpack.h"
#include "server/cli/exit_codes.h"

namespace autofix::cli {
namespace {

namespace fs = std::filesystem;

/// The folder that all entries share. macOS adds a folder of its own beside it.
std::string top_folder(const ZipArchive& archive) {
  std::string_view top;
  for (const ZipEntry& entry : archive.entries()) {
    const std::string_view path = entry.path;
    const std::string_view first = path.substr(0, path.find('/'));
    if (first == "__MACOSX") continue;
    const bool is_inside = first.size() < path.size() || entry.is_folder;
    if (!is_inside || (!top.empty() && top != first)) return {};
    top = first;
  }
  return std::string(top);
}

Failure refused(const fs::path& path, const std::string& why) {
  return {kUsage, "archive", path.string() + " " + why,
          "Name a folder or a sound .zip; a doubtful one is best looked at unpacked."};
}

tl::expected<Project, Failure> unpack_project(const fs::path& path, const std::stop_token& stop) {
  auto archive = ZipArchive::open(path);
  if (!archive) return tl::unexpected(refused(path, archive.error()));
  if (archive->entries().empty()) return tl::unexpected(refused(path, "is empty"));
  auto folder = fix::PrivateFolder::create("zip");
  if (!folder) {
    return tl::unexpected(
        Failure{kUsage, "unreadable", folder.error(), "Name another folder with the variable TMPDIR."});
  }
  if (auto unpacked = unpack(*archive, "", folder->path(), stop); !unpacked) {
    return tl::unexpected(refused(path, unpacked.error()));
  }
  std::error_code error;
  std::string top = top_folder(*archive);
  Project project;
  project.root = top.empty() ? folder->path() : folder->path() / top;
  project.packed =
      PackedProject{std::move(*archive), fs::canonical(path, error), std::move(top), std::move(*folder)};
  return project;
}

/// The longest end of `path` that the project has, of two components or more.
std::string find_by_end(const fix::ProjectFiles& files, std::string_view path) {
  for (std::size_t slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/')) {
    path.remove_prefix(slash + 1);
    if (path.find('/') == std::string_view::npos) break;
    if (files.exists(path)) return files.relative(path);
  }
  return {};
}

}  // namespace

tl::expected<Project, Failure> open_project(const std::string& name, const std::stop_token& stop) {
  std::error_code error;
  const fs::path path = name;
  if (fs::is_directory(path, error)) return Project{fs::canonical(path, error), std::nullopt};
  if (!fs::exists(path, error)) {
    return tl::unexpected(
        Failure{kUsage, "usage", name + " does not exist", "Name the project's folder or .zip."});
  }
  return unpack_project(path, stop);
}

std::string path_in_project(const Project& project, const fix::ProjectFiles& files, std::string_view path) {
  std::string found = files.relative(path);
  if (!project.packed || (!found.empty() && files.exists(found))) return found;
  const std::string top = project.packed->top + "/";
  if (top != "/" && found.starts_with(top) && files.exists(found.substr(top.size()))) {
    return found.substr(top.size());
  }
  if (!path.starts_with('/')) return found;
  std::string by_end = find_by_end(files, path);
  return by_end.empty() ? found : by_end;
}

void resolve_paths(const Project& project, const fix::ProjectFiles& files, problems::Problem& problem) {
  if (!problem.path.empty()) problem.path = path_in_project(project, files, problem.path);
  if (!project.packed) return;
  // What lies elsewhere, such as a library's frame, keeps its name.
  const auto resolve = [&](std::string& path) {
    std::string found = path_in_project(project, files, path);
    if (!found.empty()) path = std::move(found);
  };
  for (problems::RelatedLocation& related : problem.related) resolve(related.path);
  if (!problem.test) return;
  for (problems::StackFrame& frame : problem.test->stack) resolve(frame.path);
}

std::string uri_of(const Project& project, std::string_view path) {
  if (!project.packed) {
    const std::string root = project.root.string();
    return protocol::file_uri_of((root == "/" ? "" : root) + "/" + std::string(path));
  }
  const std::string& top = project.packed->top;
  const std::string inside = "/" + (top.empty() ? "" : top + "/") + std::string(path);
  constexpr std::string_view kScheme = "file://";
  return "jar:" + protocol::file_uri_of(project.packed->path.string()) + "!" +
         protocol::file_uri_of(inside).substr(kScheme.size());
}

}  // namespace autofix::cli
