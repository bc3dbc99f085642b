#include "server/fix/beneath.h"

#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#ifdef __linux__
#include <linux/openat2.h>
#include <sys/syscall.h>
#endif

namespace autofix::fix {
namespace {

/// False where the system has no openat2. `more` are resolve flags beside those that keep it beneath the
/// root.
bool open_resolved([[maybe_unused]] int root, [[maybe_unused]] const std::string& path,
                   [[maybe_unused]] int flags, [[maybe_unused]] mode_t mode, [[maybe_unused]] unsigned more,
                   [[maybe_unused]] Descriptor& opened) {
#ifdef __linux__
  open_how how{};
  how.flags = static_cast<unsigned long long>(static_cast<unsigned>(flags | O_CLOEXEC | O_NOFOLLOW));
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | more;
  while (true) {
    const long number = syscall(SYS_openat2, root, path.c_str(), &how, sizeof how);
    if (number >= 0) {
      opened = Descriptor(static_cast<int>(number));
      return true;
    }
    if (errno == EAGAIN || errno == EINTR) continue;  // the tree changed while it was walked
    return errno != ENOSYS && errno != EPERM;
  }
#else
  return false;
#endif
}

/// For systems without openat2: component by component, each without following links.
Descriptor open_by_components(int root, std::string_view path, int flags, mode_t mode) {
  Descriptor folder(fcntl(root, F_DUPFD_CLOEXEC, 3));
  while (folder) {
    const std::size_t slash = path.find('/');
    const std::string name(path.substr(0, slash));
    if (slash == std::string_view::npos) {
      return Descriptor(openat(folder.get(), name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode));
    }
    folder = Descriptor(openat(folder.get(), name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    path.remove_prefix(slash + 1);
  }
  return folder;
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

Descriptor open_root(const std::filesystem::path& root) {
  return Descriptor(open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

Descriptor open_beneath(int root, std::string_view path, int flags, mode_t mode) {
  if (path.empty()) return Descriptor(fcntl(root, F_DUPFD_CLOEXEC, 3));
  Descriptor opened;
  if (open_resolved(root, std::string(path), flags, mode, 0, opened)) return opened;
  return open_by_components(root, path, flags, mode);
}

Descriptor open_child_folder(int parent, const std::string& name) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY;
#ifdef __linux__
  Descriptor opened;
  if (open_resolved(parent, name, kFlags, 0, RESOLVE_NO_XDEV, opened)) return opened;
#endif
  return open_by_components(parent, name, kFlags, 0);
}

std::vector<std::string> entry_names(int folder) {
  std::vector<std::string> names;
  const int copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : fdopendir(copy);
  if (stream == nullptr) {
    if (copy >= 0) close(copy);
    return names;
  }
  while (const dirent* entry = readdir(stream)) {
    const std::string name = static_cast<const char*>(entry->d_name);
    if (name != "." && name != "..") names.push_back(name);
  }
  closedir(stream);
  return names;
}

std::pair<std::string, std::string> split_path(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {"", std::string(path)};
  return {std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

}  // namespace autofix::fix
