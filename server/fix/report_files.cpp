#include "server/fix/report_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <deque>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/fix/beneath.h"
#include "server/fix/context.h"
#include "server/problems/text_scan.h"

namespace autofix::fix {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 200'000;
constexpr std::size_t kMostReports = 200;
constexpr std::size_t kDeepest = 16;

constexpr std::array kForeignFolders = {".git",  ".hg",  ".svn",          "node_modules", "__pycache__",
                                        ".venv", "venv", "site-packages", ".direnv"};

bool is_foreign_folder(std::string_view name) {
  return std::ranges::find(kForeignFolders, name) != kForeignFolders.end();
}

bool matches_one(std::string_view path, const std::vector<std::string>& globs) {
  return std::ranges::any_of(globs, [&](const std::string& glob) { return matches_glob(glob, path); });
}

FileError refused(const std::string& path) {
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
      return {FileError::Kind::not_found, path + " does not exist"};
    case ELOOP:
    case EXDEV:
      return {FileError::Kind::outside_root, path + " is or lies behind a symbolic link"};
    default:
      return {FileError::Kind::unreadable, path + ": " + std::strerror(errno)};
  }
}

providers::WallTime wall_time(const timespec& time) {
  const auto since_epoch = std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
  return providers::WallTime(std::chrono::duration_cast<providers::WallTime::duration>(since_epoch));
}

tl::expected<FileStamp, FileError> stamp_of(int file, const std::string& path) {
  struct stat status {};
  if (fstat(file, &status) != 0) return tl::unexpected(refused(path));
  if (!S_ISREG(status.st_mode)) {
    return tl::unexpected(FileError{FileError::Kind::not_a_file, path + " is no regular file"});
  }
#ifdef __APPLE__
  const timespec modified = status.st_mtimespec;
#else
  const timespec modified = status.st_mtim;
#endif
  return FileStamp{wall_time(modified), static_cast<std::uint64_t>(status.st_size),
                   static_cast<std::uint64_t>(status.st_ino)};
}

Descriptor open_report(const fs::path& root, const std::string& path) {
  const Descriptor folder = open_root(root);
  if (!folder) return {};
  return open_beneath(folder.get(), path, O_RDONLY | O_NONBLOCK);
}

}  // namespace

std::vector<std::string> find_reports(const fs::path& root, const std::vector<std::string>& globs,
                                      const std::stop_token& stop) {
  struct Folder {
    std::string path;  // relative to the root
    std::size_t depth = 0;
  };
  std::vector<std::string> found;
  std::deque<Folder> folders = {{"", 0}};
  std::size_t entries = 0;
  // Breadth first: when a bound is met, it is the far corners that are missing.
  for (; !folders.empty(); folders.pop_front()) {
    const Folder folder = folders.front();
    const std::size_t first = found.size();
    std::error_code error;
    fs::directory_iterator entry(root / folder.path, fs::directory_options::skip_permission_denied, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      if (stop.stop_requested()) return {};
      if (++entries > kMostEntries) return found;
      std::error_code unknown;
      if (entry->is_symlink(unknown)) continue;
      const std::string name = entry->path().filename().string();
      std::string path = folder.path.empty() ? name : folder.path + "/" + name;
      if (entry->is_directory(unknown)) {
        if (folder.depth < kDeepest && !is_foreign_folder(name)) {
          folders.push_back({std::move(path), folder.depth + 1});
        }
      } else if (matches_one(path, globs) && entry->is_regular_file(unknown)) {
        found.push_back(std::move(path));
      }
    }
    std::sort(found.begin() + static_cast<std::ptrdiff_t>(first), found.end());
    if (found.size() >= kMostReports) {
      found.resize(kMostReports);
      return found;
    }
  }
  return found;
}

bool is_report_path(std::string_view path, const std::vector<std::string>& globs) {
  std::size_t depth = 0;
  for (std::string_view rest = path;; ++depth) {
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) break;
    if (is_foreign_folder(rest.substr(0, slash))) return false;
    rest.remove_prefix(slash + 1);
  }
  return depth <= kDeepest && matches_one(path, globs);
}

tl::expected<ReportFile, FileError> read_report_file(const fs::path& root, const std::string& path) {
  const Descriptor file = open_report(root, path);
  if (!file) return tl::unexpected(refused(path));
  auto stamp = stamp_of(file.get(), path);
  if (!stamp) return tl::unexpected(stamp.error());
  if (stamp->size > problems::kMaxReportBytes) {
    return tl::unexpected(FileError{FileError::Kind::too_large, path + " is larger than 64 MiB"});
  }
  ReportFile report{*stamp, std::string(stamp->size, '\0')};
  std::size_t filled = 0;
  while (filled < report.bytes.size()) {
    const ssize_t count = ::read(file.get(), report.bytes.data() + filled, report.bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected(refused(path));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  report.bytes.resize(filled);
  return report;
}

tl::expected<FileStamp, FileError> stamp_of_report(const fs::path& root, const std::string& path) {
  const Descriptor file = open_report(root, path);
  if (!file) return tl::unexpected(refused(path));
  return stamp_of(file.get(), path);
}

}  // namespace autofix::fix
