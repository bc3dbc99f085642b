// The folder and the file of an SQLite store: whether they may be used, made when missing, put aside when
// broken. Knows nothing of what is in the file, and never opens it: closing a descriptor of a database drops
// the locks that this process holds on it.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>

#include "providers/clock.h"
#include "server/store/storage.h"

namespace autofix::store {

/// The kernel's word on whether a folder is on another machine (NFS, SMB, AFS, FUSE, 9P, …).
bool is_on_remote_file_system(const std::filesystem::path& folder);

/// What makes the place of a file usable.
struct PlaceOptions {
  std::function<bool(const std::filesystem::path&)> is_remote;
  /// Turns an empty file into a database and closes it again.
  std::function<std::optional<Trouble>(const std::filesystem::path&)> fill;
};

/// Makes the folder of `file` (mode 0700) and the file (mode 0600) where they are missing; the file appears
/// with all that is in it. Returns its path without symbolic links in it. Refuses folders on other machines,
/// and files that are links, no regular files or another user's.
Kept<std::filesystem::path> prepare_place(const std::filesystem::path& file, const PlaceOptions& options);

/// Renames the file and what SQLite keeps beside it to NAME.corrupt-YYYYMMDD-HHMMSS; returns the new path. To
/// be called with no connection of this process open on it.
Kept<std::filesystem::path> set_aside(const std::filesystem::path& file, providers::WallTime now);

/// Held while the set of files changes, so that no process removes what another has just made anew.
class PlaceLock {
 public:
  explicit PlaceLock(const std::filesystem::path& folder);
  ~PlaceLock();
  PlaceLock(const PlaceLock&) = delete;
  PlaceLock& operator=(const PlaceLock&) = delete;
  explicit operator bool() const { return held_; }

 private:
  int folder_ = -1;
  bool held_ = false;
};

}  // namespace autofix::store
