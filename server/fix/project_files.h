// The project as one request sees it: files below one root with the editor's unsaved texts laid over them.
// Reading only; what writes is apply_patch.h.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace autofix::fix {

struct FileError {
  enum class Kind { not_found, outside_root, not_a_file, too_large, unreadable, secret };
  Kind kind = Kind::not_found;
  std::string message;
};

/// Paths are relative to the root, with `/`, without `.` or `..` components.
class ProjectFiles {
 public:
  virtual ~ProjectFiles() = default;

  /// The text of a file, byte for byte. Never follows a symbolic link, never leaves the root.
  virtual tl::expected<std::string, FileError> read(std::string_view path) const = 0;

  virtual bool exists(std::string_view path) const = 0;

  /// All regular files worth knowing of, sorted: without dot folders, dependency and build folders
  /// (node_modules,
  /// __pycache__, venv, build, target, …), binary endings and secret files. Bounded (20,000).
  virtual std::vector<std::string> list() const = 0;

  /// Path of a file below the root from an absolute path or one relative to the root; empty when it lies
  /// outside.
  virtual std::string relative(std::string_view path) const = 0;

  /// The root as an absolute path; empty for files that live in memory only.
  virtual std::filesystem::path root() const = 0;
};

/// Files on disk below `root`, with `overlay` (project-relative path -> text) winning over the disk.
std::shared_ptr<const ProjectFiles> make_disk_files(std::filesystem::path root,
                                                    std::map<std::string, std::string, std::less<>> overlay);

/// Only what `files` holds: for tests, and for an editor without a folder.
std::shared_ptr<const ProjectFiles> make_memory_files(std::map<std::string, std::string, std::less<>> files,
                                                      std::filesystem::path root = {});

/// True for files that are never context and never leave the machine: `.env*`, private keys, keystores,
/// credential and token files (TRUST.md #8).
bool is_secret_path(std::string_view path);

}  // namespace autofix::fix
