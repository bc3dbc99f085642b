#include "server/fix/remove_tree.h"

#include <cerrno>
#include <cstddef>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

#include "server/fix/beneath.h"

namespace autofix::fix {
namespace {

/// Each level holds one descriptor. What lies deeper is first moved up.
constexpr int kMaxDepth = 64;

class Removal {
 public:
  explicit Removal(int top) : top_(top) {}

  /// False when something stays.
  bool empty(int folder, int depth) {
    bool all = true;
    for (const std::string& name : entry_names(folder)) all = remove(folder, name, depth) && all;
    return all;
  }

  /// Whether folders were moved up since the last call, so that another pass over the top is due.
  bool take_moved() { return std::exchange(moved_, false); }

 private:
  bool remove(int parent, const std::string& name, int depth) {
    if (unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return true;
    Descriptor folder = open_child_folder(parent, name);
    if (!folder && errno == EACCES) {
      // A folder nobody may read, as overlayfs leaves them behind.
      if (fchmodat(parent, name.c_str(), S_IRWXU, AT_SYMLINK_NOFOLLOW) != 0) return false;
      folder = open_child_folder(parent, name);
    }
    if (!folder) return false;
    struct stat status {};
    if (fstat(folder.get(), &status) == 0 && (status.st_mode & S_IRWXU) != S_IRWXU) {
      fchmod(folder.get(), S_IRWXU);
    }
    if (depth >= kMaxDepth && move_up(parent, name)) return true;
    return empty(folder.get(), depth + 1) && unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0;
  }

  bool move_up(int parent, const std::string& name) {
    for (; next_name_ < 1'000'000; ++next_name_) {
      const std::string fresh = "moved-up-" + std::to_string(next_name_);
      struct stat status {};
      if (fstatat(top_, fresh.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) continue;
      if (renameat(parent, name.c_str(), top_, fresh.c_str()) != 0) return false;
      moved_ = true;
      return true;
    }
    return false;
  }

  int top_;
  std::size_t next_name_ = 0;
  bool moved_ = false;
};

}  // namespace

bool remove_contents(int folder) {
  Removal removal(folder);
  bool all = removal.empty(folder, 0);
  while (removal.take_moved()) all = removal.empty(folder, 0);
  return all;
}

}  // namespace autofix::fix
