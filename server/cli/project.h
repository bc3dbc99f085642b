// The project that a command line names: a folder, or a .zip that is unpacked for as long as this lives.
#pragma once

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "server/cli/archive/zip_archive.h"
#include "server/cli/output.h"
#include "server/fix/private_folder.h"
#include "server/fix/project_files.h"
#include "server/problems/problem.h"

namespace autofix::cli {

/// A .zip as a project.
struct PackedProject {
  ZipArchive archive;
  std::filesystem::path path;  ///< absolute, without links
  /// The one folder that everything in the archive lies below, which then is the project; else empty.
  std::string top;
  fix::PrivateFolder folder;
};

struct Project {
  std::filesystem::path root;
  std::optional<PackedProject> packed;
};

/// The folder itself, or the .zip unpacked into a private folder. Whatever is no folder has to be a .zip.
tl::expected<Project, Failure> open_project(const std::string& name, const std::stop_token& stop);

/// A project-relative path for one that a report says; empty when it lies outside. Reports of packed projects
/// were written somewhere else: the top folder may stand before their paths, and absolute ones are found by
/// their last two or more components.
std::string path_in_project(const Project& project, const fix::ProjectFiles& files, std::string_view path);

/// The same for everything that a problem names.
void resolve_paths(const Project& project, const fix::ProjectFiles& files, problems::Problem& problem);

/// The name of a project's file for editors: `file:///…`, or `jar:file:///app.zip!/app/routes.py` in a .zip.
std::string uri_of(const Project& project, std::string_view path);

}  // namespace autofix::cli
