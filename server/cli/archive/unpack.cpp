#include "server/cli/archive/unpack.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "server/cli/archive/new_file.h"

namespace autofix::cli {
namespace {

using Done = tl::expected<void, std::string>;

Done failed(std::string_view path) {
  // Only where the file system holds two names for one does a fresh folder have the file already.
  if (errno == EEXIST) return tl::unexpected("has two entries that are one file here: " + shown(path));
  return tl::unexpected("cannot be unpacked: " + shown(path) + ": " + std::strerror(errno));
}

class Unpacking {
 public:
  Unpacking(const ZipArchive& archive, const std::filesystem::path& folder)
      : archive_(archive), root_(fix::open_root(folder)) {}

  Done make_folder(std::string_view path) {
    if (path.empty() || made_.contains(path)) return {};
    const auto [above, name] = fix::split_path(path);
    if (auto made = make_folder(above); !made) return made;
    const fix::Descriptor parent = fix::open_beneath(root_.get(), above, O_RDONLY | O_DIRECTORY);
    if (!parent) return failed(path);
    if (mkdirat(parent.get(), name.c_str(), 0755) != 0) return failed(path);
    made_.emplace(path);
    return {};
  }

  Done make_file(std::string_view path, const ZipEntry& entry) {
    const auto [above, name] = fix::split_path(path);
    if (auto made = make_folder(above); !made) return made;
    const fix::Descriptor parent = fix::open_beneath(root_.get(), above, O_RDONLY | O_DIRECTORY);
    if (!parent) return failed(path);
    const fix::Descriptor file(
        openat(parent.get(), name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return failed(path);
    bool written = true;
    auto read = archive_.read(entry, [&](std::string_view piece) {
      written = write_all(file.get(), piece);
      return written;
    });
    if (!written) return failed(path);
    if (!read) return read;
    const mode_t mode = entry.mode == 0 ? 0644 : entry.mode | S_IRUSR | S_IWUSR;
    const timespec times[2] = {{entry.modified, 0}, {entry.modified, 0}};
    if (fchmod(file.get(), mode) != 0 || futimens(file.get(), times) != 0) return failed(path);
    return {};
  }

 private:
  const ZipArchive& archive_;
  fix::Descriptor root_;
  std::set<std::string, std::less<>> made_;
};

}  // namespace

Done unpack(const ZipArchive& archive, std::string_view top, const std::filesystem::path& folder,
            const std::stop_token& stop) {
  Unpacking unpacking(archive, folder);
  const std::string before = top.empty() ? std::string() : std::string(top) + "/";
  for (const ZipEntry& entry : archive.entries()) {
    if (stop.stop_requested()) return tl::unexpected(std::string("was not unpacked to its end: cancelled"));
    std::string_view path = entry.path;
    if (!path.starts_with(before)) continue;
    path.remove_prefix(before.size());
    auto done = entry.is_folder ? unpacking.make_folder(path) : unpacking.make_file(path, entry);
    if (!done) return done;
  }
  return {};
}

}  // namespace autofix::cli
