#include "server/verify/copy_tree.h"

#include <array>
#include <cerrno>
#include <cstdint>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <vector>

#include "server/fix/beneath.h"

namespace autofix::verify {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostEntries = 200'000;
constexpr std::uint64_t kMostBytes = 4ULL << 30;

std::string failure(const fs::path& path) {
  return "cannot copy " + path.string() + ": " + std::generic_category().message(errno);
}

class TreeCopy {
 public:
  explicit TreeCopy(const std::stop_token& stop) : stop_(stop) {}

  std::string copy(const fs::path& from, const fs::path& to) {
    if (mkdir(to.c_str(), 0700) != 0) return failure(to);
    std::error_code error;
    fs::recursive_directory_iterator at(from, error);
    for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
      if (stop_.stop_requested()) return "cancelled";
      if (++entries_ > kMostEntries) return "the project is too large to be copied: more than 200000 files";
      if (std::string trouble = entry(at->path(), to / at->path().lexically_relative(from));
          !trouble.empty()) {
        return trouble;
      }
    }
    if (error) return "cannot read " + from.string() + ": " + error.message();
    // Last, since making what is inside changes a folder's time, and may need its permission.
    while (!folders_.empty()) {
      const auto& [path, status] = folders_.back();
      chmod(path.c_str(), status.st_mode & 07777);
      set_times(path, status);
      folders_.pop_back();
    }
    return {};
  }

 private:
  std::string entry(const fs::path& from, const fs::path& to) {
    struct stat status {};
    if (lstat(from.c_str(), &status) != 0) return errno == ENOENT ? "" : failure(from);
    if (S_ISDIR(status.st_mode)) {
      if (mkdir(to.c_str(), 0700) != 0) return failure(to);
      folders_.emplace_back(to, status);
    } else if (S_ISLNK(status.st_mode)) {
      std::error_code error;
      fs::copy_symlink(from, to, error);
      if (error) return "cannot copy " + from.string() + ": " + error.message();
    } else if (S_ISREG(status.st_mode)) {
      return file(from, to, status);
    }
    return {};
  }

  std::string file(const fs::path& from, const fs::path& to, const struct stat& status) {
    const fix::Descriptor source(open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!source) return errno == ENOENT ? "" : failure(from);
    {
      const fix::Descriptor target(open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
      if (!target) return failure(to);
      if (ioctl(target.get(), FICLONE, source.get()) != 0) {
        bytes_ += static_cast<std::uint64_t>(status.st_size);
        if (bytes_ > kMostBytes) return "the project is too large to be copied: more than 4 GiB";
        if (!copy_bytes(source.get(), target.get())) return failure(to);
      }
      fchmod(target.get(), status.st_mode & 07777);
    }
    set_times(to, status);
    return {};
  }

  static bool copy_bytes(int source, int target) {
    while (true) {
      const ssize_t count = copy_file_range(source, nullptr, target, nullptr, 1U << 30U, 0);
      if (count == 0) return true;
      if (count > 0) continue;
      if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP) return false;
      break;
    }
    std::array<char, 65'536> buffer;
    while (true) {
      const ssize_t count = read(source, buffer.data(), buffer.size());
      if (count == 0) return true;
      if (count < 0 || write(target, buffer.data(), static_cast<std::size_t>(count)) != count) return false;
    }
  }

  static void set_times(const fs::path& path, const struct stat& status) {
    const timespec times[2] = {status.st_atim, status.st_mtim};
    utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW);
  }

  const std::stop_token& stop_;
  std::size_t entries_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::pair<fs::path, struct stat>> folders_;
};

}  // namespace

tl::expected<void, std::string> copy_tree(const fs::path& from, const fs::path& to,
                                          const std::stop_token& stop) {
  std::string trouble = TreeCopy(stop).copy(from, to);
  if (!trouble.empty()) return tl::unexpected(std::move(trouble));
  return {};
}

}  // namespace autofix::verify
