#include "server/cli/archive/new_file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>

namespace autofix::cli {
namespace {

std::string random_name() {
  std::random_device source;
  std::array<char, 48> name{};
  std::snprintf(name.data(), name.size(), ".autofix-%08x%08x.tmp", static_cast<unsigned>(source()),
                static_cast<unsigned>(source()));
  return name.data();
}

tl::unexpected<std::string> failed(const std::filesystem::path& target) {
  return tl::unexpected(target.string() + " cannot be written: " + std::strerror(errno));
}

}  // namespace

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

tl::expected<NewFile, std::string> NewFile::beside(const std::filesystem::path& target, mode_t mode) {
  NewFile made;
  made.target_ = target;
  const std::filesystem::path folder = target.has_parent_path() ? target.parent_path() : ".";
  made.folder_ = fix::open_root(folder);
  if (!made.folder_) return failed(target);
  std::string name = random_name();
  made.file_ = fix::Descriptor(
      openat(made.folder_.get(), name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
  if (!made.file_) return failed(target);
  made.temporary_ = std::move(name);
  return made;
}

NewFile::~NewFile() {
  if (folder_ && !temporary_.empty()) unlinkat(folder_.get(), temporary_.c_str(), 0);
}

tl::expected<void, std::string> NewFile::place() {
  const int folder = folder_.get();
  const std::string name = target_.filename().string();
  if (fsync(file_.get()) != 0) return failed(target_);
  // A second name refuses to take another file's place, which a rename does not.
  if (linkat(folder, temporary_.c_str(), folder, name.c_str(), 0) != 0) {
    if (errno == EEXIST) return tl::unexpected(target_.string() + " exists");
    struct stat status {};
    const bool no_links = errno == EPERM || errno == ENOTSUP || errno == EMLINK;
    if (!no_links) return failed(target_);
    if (fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) {
      return tl::unexpected(target_.string() + " exists");
    }
    if (renameat(folder, temporary_.c_str(), folder, name.c_str()) != 0) return failed(target_);
    temporary_.clear();
  }
  if (!temporary_.empty()) unlinkat(folder, temporary_.c_str(), 0);
  temporary_.clear();
  fsync(folder);
  return {};
}

tl::expected<void, std::string> NewFile::replace(mode_t mode) {
  const int folder = folder_.get();
  if (fchmod(file_.get(), mode) != 0 || fsync(file_.get()) != 0 ||
      renameat(folder, temporary_.c_str(), folder, target_.filename().c_str()) != 0) {
    return failed(target_);
  }
  temporary_.clear();
  fsync(folder);
  return {};
}

}  // namespace autofix::cli
