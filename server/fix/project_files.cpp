#include "server/fix/project_files.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "server/fix/beneath.h"
#include "server/fix/check_patch.h"

namespace autofix::fix {
namespace {

namespace fs = std::filesystem;
using Overlay = std::map<std::string, std::string, std::less<>>;

constexpr std::size_t kMaxFileBytes = std::size_t{8} << 20;
constexpr std::size_t kMostFiles = 20'000;
constexpr std::size_t kMostEntries = 400'000;  // folders full of build output must not take seconds

constexpr std::array kSkippedFolders = {"node_modules",
                                        "__pycache__",
                                        "venv",
                                        "env",
                                        "build",
                                        "target",
                                        "dist",
                                        "out",
                                        "bin",
                                        "obj",
                                        "vendor",
                                        "site-packages",
                                        "coverage",
                                        "bazel-out",
                                        "cmake-build-debug",
                                        "cmake-build-release",
                                        "Pods",
                                        "DerivedData"};

constexpr std::array kBinaryEndings = {
    ".o",    ".a",     ".so",  ".dll", ".exe", ".pyc", ".class",  ".jar",  ".png",  ".jpg", ".jpeg",
    ".gif",  ".ico",   ".pdf", ".zip", ".gz",  ".xz",  ".bz2",    ".tar",  ".7z",   ".mp3", ".mp4",
    ".woff", ".woff2", ".ttf", ".bin", ".dat", ".db",  ".sqlite", ".wasm", ".gguf", ".webp"};

bool is_listed_name(std::string_view name) {
  return std::ranges::none_of(kBinaryEndings,
                              [&](std::string_view ending) { return name.ends_with(ending); });
}

FileError secret_error(std::string_view path) {
  return {FileError::Kind::secret, std::string(path) + " holds secrets by its name and is never read"};
}

FileError open_error(std::string_view path) {
  const std::string name(path);
  switch (errno) {
    case ENOENT:
    case ENOTDIR:
      return {FileError::Kind::not_found, name + " does not exist"};
    case ELOOP:
    case EXDEV:
      return {FileError::Kind::outside_root, name + " is or lies behind a symbolic link"};
    default:
      return {FileError::Kind::unreadable, name + ": " + std::strerror(errno)};
  }
}

tl::expected<std::string, FileError> read_all(int file, std::string_view path) {
  struct stat status {};
  if (fstat(file, &status) != 0) return tl::unexpected(open_error(path));
  if (!S_ISREG(status.st_mode)) {
    return tl::unexpected(FileError{FileError::Kind::not_a_file, std::string(path) + " is no regular file"});
  }
  if (static_cast<std::size_t>(status.st_size) > kMaxFileBytes) {
    return tl::unexpected(FileError{FileError::Kind::too_large, std::string(path) + " is larger than 8 MiB"});
  }
  std::string bytes(static_cast<std::size_t>(status.st_size), '\0');
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = ::read(file, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return tl::unexpected(open_error(path));
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return bytes;
}

/// `path` without `root` before it; empty when it does not begin with it.
std::string below(const fs::path& root, const fs::path& path) {
  const auto [in_root, in_path] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  if (in_root != root.end() && !(in_root->empty() && std::next(in_root) == root.end())) return {};
  fs::path rest;
  for (auto part = in_path; part != path.end(); ++part) rest /= *part;
  return normalized_path(rest.generic_string());
}

std::string relative_to(const fs::path& root, std::string_view path) {
  const fs::path wanted(path);
  if (!wanted.is_absolute()) return normalized_path(path);
  if (root.empty()) return {};
  if (std::string found = below(root, wanted.lexically_normal()); !found.empty()) return found;
  std::error_code error;
  const fs::path real_root = fs::canonical(root, error);
  if (error) return {};
  const fs::path real = fs::weakly_canonical(wanted, error);
  return error ? std::string() : below(real_root, real);
}

class DiskFiles final : public ProjectFiles {
 public:
  DiskFiles(const fs::path& root, Overlay overlay)
      : root_(fs::absolute(root).lexically_normal()), overlay_(std::move(overlay)) {
    if (!root_.has_filename() && root_.has_relative_path()) root_ = root_.parent_path();
    folder_ = open_root(root_);
  }

  tl::expected<std::string, FileError> read(std::string_view path) const override {
    const std::string name = normalized_path(path);
    if (name.empty()) {
      return tl::unexpected(
          FileError{FileError::Kind::outside_root, std::string(path) + " lies outside the project"});
    }
    if (is_secret_path(name)) return tl::unexpected(secret_error(name));
    if (const auto open = overlay_.find(name); open != overlay_.end()) return open->second;
    // A FIFO must not block the worker.
    const Descriptor file = open_beneath(folder_.get(), name, O_RDONLY | O_NONBLOCK);
    if (!file) return tl::unexpected(open_error(name));
    return read_all(file.get(), name);
  }

  bool exists(std::string_view path) const override {
    const std::string name = normalized_path(path);
    if (name.empty()) return false;
    if (overlay_.contains(name)) return true;
    std::error_code error;
    return fs::exists(fs::symlink_status(root_ / name, error));
  }

  std::vector<std::string> list() const override {
    std::set<std::string> found;
    std::error_code error;
    std::size_t entries = 0;
    fs::recursive_directory_iterator entry(root_, fs::directory_options::skip_permission_denied, error);
    for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
      if (++entries > kMostEntries || found.size() >= kMostFiles) break;
      const std::string name = entry->path().filename().string();
      std::error_code status_error;
      const fs::file_type type = entry->symlink_status(status_error).type();
      if (type == fs::file_type::directory) {
        const bool skip =
            name.starts_with('.') || std::ranges::find(kSkippedFolders, name) != kSkippedFolders.end();
        if (skip) entry.disable_recursion_pending();
        continue;
      }
      if (type != fs::file_type::regular || name.starts_with('.') || !is_listed_name(name)) continue;
      std::string path = entry->path().lexically_relative(root_).generic_string();
      if (!is_secret_path(path)) found.insert(std::move(path));
    }
    for (const auto& [path, text] : overlay_) found.insert(path);
    return {found.begin(), found.end()};
  }

  std::string relative(std::string_view path) const override { return relative_to(root_, path); }
  fs::path root() const override { return root_; }

 private:
  fs::path root_;
  Overlay overlay_;
  Descriptor folder_;
};

class MemoryFiles final : public ProjectFiles {
 public:
  MemoryFiles(Overlay files, fs::path root) : files_(std::move(files)), root_(std::move(root)) {}

  tl::expected<std::string, FileError> read(std::string_view path) const override {
    if (is_secret_path(path)) return tl::unexpected(secret_error(path));
    const auto file = files_.find(path);
    if (file != files_.end()) return file->second;
    return tl::unexpected(FileError{FileError::Kind::not_found, std::string(path) + " does not exist"});
  }
  bool exists(std::string_view path) const override { return files_.contains(path); }
  std::vector<std::string> list() const override {
    std::vector<std::string> paths;
    for (const auto& [path, text] : files_) {
      if (!is_secret_path(path)) paths.push_back(path);
    }
    return paths;
  }
  std::string relative(std::string_view path) const override {
    if (files_.contains(path)) return std::string(path);
    return relative_to(root_, path);
  }
  fs::path root() const override { return root_; }

 private:
  Overlay files_;
  fs::path root_;
};

}  // namespace

std::shared_ptr<const ProjectFiles> make_disk_files(fs::path root, Overlay overlay) {
  return std::make_shared<DiskFiles>(std::move(root), std::move(overlay));
}

std::shared_ptr<const ProjectFiles> make_memory_files(Overlay files, fs::path root) {
  return std::make_shared<MemoryFiles>(std::move(files), std::move(root));
}

}  // namespace autofix::fix
