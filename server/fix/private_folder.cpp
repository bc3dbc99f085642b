#include "server/fix/private_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "server/fix/remove_tree.h"

namespace autofix::fix {
namespace {

namespace fs = std::filesystem;

constexpr const char* kNameStart = "autofix-private-";
constexpr const char* kInner = "files";

fs::path temporary_folder() {
  std::error_code error;
  fs::path folder = fs::temp_directory_path(error);
  if (error) folder = "/tmp";
  fs::path whole = fs::canonical(folder, error);
  return error ? folder : whole;
}

Descriptor open_folder(const fs::path& path) {
  return Descriptor(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

/// Whether `folder` is what `path` names, and a real folder of this user.
bool is_ours(const Descriptor& folder, const fs::path& path) {
  struct stat opened {};
  struct stat named {};
  return fstat(folder.get(), &opened) == 0 && lstat(path.c_str(), &named) == 0 && S_ISDIR(named.st_mode) &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev && named.st_uid == geteuid();
}

/// False where a sweep came between mkdtemp and the lock.
bool take_lock(const Descriptor& folder, const fs::path& path) {
  if (!folder) return false;
  if (flock(folder.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return false;
  return is_ours(folder, path);
}

/// True when the folder is gone.
bool remove_all(const Descriptor& folder, const fs::path& path) {
  fchmod(folder.get(), S_IRWXU);
  return remove_contents(folder.get()) && rmdir(path.c_str()) == 0;
}

/// True when nobody owned it any more and it is gone.
bool sweep_one(const fs::path& path) {
  const Descriptor folder = open_folder(path);
  if (!folder || flock(folder.get(), LOCK_EX | LOCK_NB) != 0) return false;
  return is_ours(folder, path) && remove_all(folder, path);
}

}  // namespace

tl::expected<PrivateFolder, std::string> PrivateFolder::create(std::string_view purpose) {
  const fs::path base = temporary_folder();
  int error = 0;
  constexpr int kAttempts = 10;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string name = (base / (kNameStart + std::string(purpose) + "-XXXXXX")).string();
    if (mkdtemp(name.data()) == nullptr) {
      error = errno;
      break;
    }
    Descriptor folder = open_folder(name);
    if (!take_lock(folder, name)) continue;
    PrivateFolder made(std::move(folder), name);
    if (mkdirat(made.lock_.get(), kInner, S_IRWXU) == 0) return made;
    error = errno;
    break;
  }
  return tl::unexpected("no temporary folder can be made in " + base.string() + ": " + std::strerror(error));
}

PrivateFolder::PrivateFolder(Descriptor lock, fs::path outer)
    : lock_(std::move(lock)), outer_(std::move(outer)), path_(outer_ / kInner) {}

PrivateFolder& PrivateFolder::operator=(PrivateFolder&& other) noexcept {
  std::swap(lock_, other.lock_);
  std::swap(outer_, other.outer_);
  std::swap(path_, other.path_);
  return *this;
}

PrivateFolder::~PrivateFolder() {
  if (lock_) remove_all(lock_, outer_);
}

std::size_t PrivateFolder::sweep() {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator at(temporary_folder(), error), end; !error && at != end; at.increment(error)) {
    if (at->path().filename().string().starts_with(kNameStart)) found.push_back(at->path());
  }
  std::size_t removed = 0;
  for (const fs::path& path : found) removed += sweep_one(path) ? 1 : 0;
  return removed;
}

}  // namespace autofix::fix
