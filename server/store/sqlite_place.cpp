#include "server/store/sqlite_place.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <thread>
#include <unistd.h>

namespace autofix::store {
namespace {

namespace fs = std::filesystem;
using Kind = Trouble::Kind;

constexpr const char* kLocalDisk =
    "Point store.url at a file on a local disk, or at a Redis server that the machines share.";

tl::unexpected<Trouble> unusable(const fs::path& path, const std::string& why) {
  return tl::unexpected(Trouble{Kind::unusable, "The store " + path.string() + " cannot be used: " + why,
                                "Make its folder writable, or set store.url to another file."});
}

tl::unexpected<Trouble> refused(const fs::path& file, const std::string& why) {
  return tl::unexpected(Trouble{Kind::refused_file, "The store " + file.string() + " was not opened: " + why,
                                "Remove it if nobody needs it, or set store.url to another file."});
}

fs::path beside(const fs::path& file, const char* suffix) {
  return file.string() + suffix;
}

/// Makes the database under another name first, so that nobody ever sees half of it. The caller holds the
/// lock.
Kept<void> make_file(const fs::path& file, const PlaceOptions& options) {
  const fs::path draft = beside(file, ".new");
  // What is left of a database that is gone would be taken for the new one's.
  for (const char* suffix : {"", "-wal", "-shm"}) {
    unlink(beside(file, suffix).c_str());
    unlink(beside(draft, suffix).c_str());
  }
  const int descriptor = open(draft.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (descriptor < 0) return unusable(file, std::strerror(errno));
  close(descriptor);
  auto trouble = options.fill(draft);
  if (!trouble && rename(draft.c_str(), file.c_str()) != 0)
    trouble = unusable(file, std::strerror(errno)).value();
  if (!trouble) return {};
  unlink(draft.c_str());
  return tl::unexpected(*trouble);
}

/// False when there is no file, or an empty one: a machine that lost its power can leave that.
Kept<bool> check_file(const fs::path& file) {
  struct stat status {};
  if (lstat(file.c_str(), &status) != 0) {
    if (errno == ENOENT) return false;
    return unusable(file, std::strerror(errno));
  }
  if (S_ISLNK(status.st_mode)) return refused(file, "it is a symbolic link");
  if (!S_ISREG(status.st_mode)) return refused(file, "it is no regular file");
  if (status.st_uid != geteuid()) return refused(file, "it belongs to another user");
  if ((status.st_mode & 077U) != 0) chmod(file.c_str(), 0600);
  return status.st_size > 0;
}

Kept<fs::path> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder.parent_path(), error);
  if (mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return unusable(folder, std::strerror(errno));
  const fs::path real = fs::canonical(folder, error);
  if (error) return unusable(folder, error.message());
  if (!fs::is_directory(real, error)) return unusable(folder, "it is no folder");
  return real;
}

}  // namespace

bool is_on_remote_file_system(const fs::path& folder) {
  // linux/magic.h lacks half of them; statfs(2) lists them.
  constexpr std::array<unsigned long, 14> kRemote = {
      0x6969,      // NFS
      0x517B,      // SMB
      0xFF534D42,  // CIFS
      0xFE534D42,  // SMB2
      0x5346414F,  // AFS
      0x6B414653,  // kAFS
      0x73757245,  // Coda
      0x65735546,  // FUSE: sshfs and the like
      0x01021997,  // 9P: also Windows' disks under WSL
      0x00C36400,  // Ceph
      0x0BD00BD0,  // Lustre
      0x47504653,  // GPFS
      0x7461636F,  // OCFS2
      0x01161970,  // GFS2
  };
  struct statfs status {};
  if (statfs(folder.c_str(), &status) != 0) return false;
  const auto type = static_cast<unsigned long>(status.f_type) & 0xFFFFFFFFUL;
  return std::find(kRemote.begin(), kRemote.end(), type) != kRemote.end();
}

Kept<fs::path> prepare_place(const fs::path& file, const PlaceOptions& options) {
  const auto folder = make_folder(file.parent_path());
  if (!folder) return tl::unexpected(folder.error());
  if (options.is_remote(*folder)) {
    return tl::unexpected(Trouble{Kind::remote_folder,
                                  "The store " + file.string() +
                                      " cannot be used: its folder is on a network file system, "
                                      "where SQLite's locks do not hold",
                                  kLocalDisk});
  }
  fs::path place = *folder / file.filename();
  auto exists = check_file(place);
  if (exists && !*exists) {
    const PlaceLock lock(*folder);
    if (!lock) {
      return tl::unexpected(Trouble{Trouble::Kind::locked,
                                    "The store " + file.string() + " is kept locked by another process", ""});
    }
    exists = check_file(place);
    if (exists && !*exists) {
      if (auto made = make_file(place, options); !made) return tl::unexpected(made.error());
      exists = check_file(place);
    }
  }
  if (!exists) return tl::unexpected(exists.error());
  return place;
}

Kept<fs::path> set_aside(const fs::path& file, providers::WallTime now) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  std::array<char, 32> stamp{};
  std::strftime(stamp.data(), stamp.size(), ".corrupt-%Y%m%d-%H%M%S", &utc);
  fs::path aside = beside(file, stamp.data());
  // The database goes last: until then whoever comes finds it broken and does the same.
  for (const char* suffix : {"-shm", "-wal", ""}) {
    if (rename(beside(file, suffix).c_str(), beside(aside, suffix).c_str()) != 0 && errno != ENOENT) {
      return unusable(file, std::string("it is damaged and cannot be renamed: ") + std::strerror(errno));
    }
  }
  return aside;
}

PlaceLock::PlaceLock(const fs::path& folder)
    : folder_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  constexpr std::chrono::seconds kPatience{1};
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (folder_ >= 0) {
    held_ = flock(folder_, LOCK_EX | LOCK_NB) == 0;
    if (held_ || std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));  // whoever holds it does so for microseconds
  }
}

PlaceLock::~PlaceLock() {
  if (folder_ >= 0) close(folder_);
}

}  // namespace autofix::store
