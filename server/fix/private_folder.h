// A temporary folder that nobody else can look into and that does not outlive its use: for unpacked archives
// and scratch copies. Deliberately not a place to hand results from: what is inside goes with the object.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "server/fix/beneath.h"

namespace autofix::fix {

/// Made by mkdtemp with mode 0700 below TMPDIR (TRUST.md #12). While it lives, a lock (flock) on the outer
/// folder says so to every other process; the kernel lets it go however the owner ends, also by kill -9. The
/// outer folder holds one inner folder, which is what the user gets: locks on that one are the user's own.
class PrivateFolder {
 public:
  /// `purpose` becomes part of the name: letters, digits and `-`.
  static tl::expected<PrivateFolder, std::string> create(std::string_view purpose);

  PrivateFolder(PrivateFolder&&) noexcept = default;
  /// The two swap: what was this one goes with the other.
  PrivateFolder& operator=(PrivateFolder&& other) noexcept;
  /// Removes everything inside, also below folders that lost their permissions. Follows no symbolic link and
  /// enters no mount.
  ~PrivateFolder();

  /// Absolute and without symbolic links.
  const std::filesystem::path& path() const { return path_; }

  /// Removes the folders of this user whose owners have ended without doing so; returns how many. Where the
  /// file system has no locks nobody can tell, and nothing is removed. Safe at any time, from any process.
  static std::size_t sweep();

 private:
  PrivateFolder(Descriptor lock, std::filesystem::path outer);

  Descriptor lock_;  ///< the outer folder
  std::filesystem::path outer_;
  std::filesystem::path path_;
};

}  // namespace autofix::fix
