#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <sys/stat.h>
#include <unistd.h>

#include "server/cli/archive/fixed_zip.h"
#include "server/cli/archive/zip_writer.h"
#include "server/fix/beneath.h"

namespace autofix::cli {
namespace {

using Done = tl::expected<void, std::string>;

/// Folders nested deeper than any path is long.
constexpr int kMaxDepth = 500;

Done failed(std::string_view path) {
  return tl::unexpected(shown(path) + ": " + std::strerror(errno));
}

std::vector<std::string> sorted_names(int folder) {
  std::vector<std::string> names = fix::entry_names(folder);
  std::ranges::sort(names);
  return names;
}

Content content_of_file(int file) {
  return [file](const Sink& sink) -> Done {
    std::array<char, std::size_t{1} << 16> piece;
    while (true) {
      const ssize_t count = read(file, piece.data(), piece.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return tl::unexpected(std::string(std::strerror(errno)));
      if (count == 0) return {};
      if (!sink({piece.data(), static_cast<std::size_t>(count)})) {
        return tl::unexpected(std::string("was not read to its end"));
      }
    }
  };
}

class FixedFolder {
 public:
  FixedFolder(int file, const fix::Patch& patch, std::uint32_t time, const std::stop_token& stop)
      : writer_(file), time_(time), stop_(stop) {
    for (const fix::FileChange& change : patch.files) {
      changes_[change.path] = &change;
      if (change.kind == fix::ChangeKind::create) created_[change.path] = {&change, 0644};
      if (change.kind == fix::ChangeKind::rename) created_[change.new_path] = {&change, 0644};
    }
  }

  Done write(const std::filesystem::path& root) {
    const fix::Descriptor folder = fix::open_root(root);
    if (!folder) return failed(root.string());
    if (auto written = write_folder(folder.get(), "", 0); !written) return written;
    for (const auto& [path, created] : created_) {
      if (auto written = add(path, S_IFREG | created.mode, time_, content_of(created.change->after));
          !written)
        return written;
    }
    if (seen_ != std::ranges::count_if(
                     changes_, [](const auto& one) { return one.second->kind != fix::ChangeKind::create; })) {
      return tl::unexpected(std::string("a file that the fix is for does not exist any more"));
    }
    return writer_.finish(records_, "");
  }

 private:
  struct Created {
    const fix::FileChange* change = nullptr;
    mode_t mode = 0644;
  };

  Done add(const std::string& name, mode_t mode, std::uint32_t time, const Content& content) {
    auto record = writer_.write_new(name, mode, time, content);
    if (!record) return tl::unexpected(shown(name) + ": " + record.error());
    records_.push_back(std::move(*record));
    return {};
  }

  Done write_folder(int folder, const std::string& before, int depth) {
    if (depth > kMaxDepth) return tl::unexpected(shown(before) + " is nested too deeply");
    for (const std::string& name : sorted_names(folder)) {
      if (stop_.stop_requested()) return tl::unexpected(std::string("cancelled"));
      if (auto written = write_one(folder, name, before + name, depth); !written) return written;
    }
    return {};
  }

  Done write_one(int folder, const std::string& name, const std::string& path, int depth) {
    struct stat status {};
    if (fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return failed(path);
    if (created_.contains(path) && !changes_.contains(path)) {
      return tl::unexpected(shown(path) + " exists meanwhile");
    }
    const std::uint32_t time = dos_time(status.st_mtime);
    if (S_ISLNK(status.st_mode)) {
      std::string target(PATH_MAX, '\0');
      const ssize_t size = readlinkat(folder, name.c_str(), target.data(), target.size());
      if (size < 0) return failed(path);
      target.resize(static_cast<std::size_t>(size));
      return add(path, S_IFLNK | 0777, time, content_of(target));
    }
    if (S_ISDIR(status.st_mode)) {
      const fix::Descriptor inner(
          openat(folder, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!inner) return failed(path);
      const std::size_t before = records_.size();
      if (auto written = write_folder(inner.get(), path + "/", depth + 1); !written) return written;
      if (records_.size() > before) return {};
      return add(path + "/", S_IFDIR | (status.st_mode & 0777), time, content_of(""));
    }
    if (!S_ISREG(status.st_mode)) return {};
    const fix::Descriptor file(openat(folder, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) return failed(path);
    return write_file(file.get(), path, S_IFREG | (status.st_mode & 0777), time);
  }

  Done write_file(int file, const std::string& path, mode_t mode, std::uint32_t time) {
    const auto found = changes_.find(path);
    if (found == changes_.end()) return add(path, mode, time, content_of_file(file));
    const fix::FileChange& change = *found->second;
    std::string bytes;
    auto read = content_of_file(file)([&](std::string_view piece) {
      bytes += piece;
      return true;
    });
    if (!read) return tl::unexpected(shown(path) + ": " + read.error());
    if (bytes != change.before) return tl::unexpected(shown(path) + " was changed meanwhile");
    switch (change.kind) {
      case fix::ChangeKind::modify:
        ++seen_;
        return add(path, mode, time_, content_of(change.after));
      case fix::ChangeKind::create:  // over an empty file
        created_[path].mode = mode & 0777;
        return {};
      case fix::ChangeKind::rename:
        created_[change.new_path].mode = mode & 0777;
        [[fallthrough]];
      case fix::ChangeKind::remove:
        ++seen_;
        return {};
    }
    return {};
  }

  ZipWriter writer_;
  std::uint32_t time_;
  const std::stop_token& stop_;
  std::map<std::string, const fix::FileChange*, std::less<>> changes_;
  std::map<std::string, Created, std::less<>> created_;  ///< by their new paths
  std::ptrdiff_t seen_ = 0;                              ///< changed, removed and moved files
  std::vector<std::string> records_;
};

}  // namespace

Done write_fixed_folder(int file, const std::filesystem::path& root, const fix::Patch& patch, std::time_t now,
                        const std::stop_token& stop) {
  return FixedFolder(file, patch, dos_time(now), stop).write(root);
}

}  // namespace autofix::cli
