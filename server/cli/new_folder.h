// A folder that comes into being whole: filled under another name, then moved to its place. Whatever is in
// that place meanwhile is never touched. The folder's counterpart of archive/new_file.h.
#pragma once

#include <filesystem>
#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace autofix::cli {

class NewFolder {
 public:
  /// `target` does not exist, in a folder that does, or is an empty folder.
  static tl::expected<NewFolder, std::string> for_target(const std::filesystem::path& target);
  NewFolder(NewFolder&& other) noexcept
      : holder_(std::exchange(other.holder_, {})), target_(std::move(other.target_)) {}
  NewFolder& operator=(NewFolder&&) = delete;
  /// Removes what was not moved to its place.
  ~NewFolder();

  /// Where to make and fill it; does not exist yet.
  std::filesystem::path path() const { return holder_ / "files"; }

  tl::expected<void, std::string> place();

 private:
  NewFolder(std::filesystem::path holder, std::filesystem::path target)
      : holder_(std::move(holder)), target_(std::move(target)) {}

  std::filesystem::path holder_;
  std::filesystem::path target_;
};

}  // namespace autofix::cli
