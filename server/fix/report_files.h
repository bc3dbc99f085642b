// Where test reports lie below a root, for the command line and the editor alike. Reports usually lie in the
// very folders that ProjectFiles leaves out (build, target, out), so this is a walk of its own. Deliberately
// no reading of what a report says: that is problems/.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <tl/expected.hpp>
#include <vector>

#include "providers/clock.h"
#include "server/fix/project_files.h"

namespace autofix::fix {

/// Root-relative paths of the regular files that match one of `globs` (matches_glob), those nearest to the
/// root first. Never follows a link and stays out of folders that hold other people's reports (.git,
/// node_modules, …); bounded in depth (16), entries (200,000) and reports (200). Empty when stopped early.
std::vector<std::string> find_reports(const std::filesystem::path& root,
                                      const std::vector<std::string>& globs,
                                      const std::stop_token& stop = {});

/// Whether find_reports would list a file of that path.
bool is_report_path(std::string_view path, const std::vector<std::string>& globs);

/// What tells one state of a file from another, as far as a stat can.
struct FileStamp {
  providers::WallTime modified;
  std::uint64_t size = 0;
  std::uint64_t inode = 0;
  bool operator==(const FileStamp&) const = default;
};

struct ReportFile {
  FileStamp stamp;
  std::string bytes;
};

/// One report whole. Never follows a link, never leaves the root, never waits for a FIFO.
tl::expected<ReportFile, FileError> read_report_file(const std::filesystem::path& root,
                                                     const std::string& path);

/// Without reading it.
tl::expected<FileStamp, FileError> stamp_of_report(const std::filesystem::path& root,
                                                   const std::string& path);

}  // namespace autofix::fix
