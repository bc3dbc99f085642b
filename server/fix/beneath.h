// Opening files beneath a root and through no symbolic link, whoever swaps folders meanwhile (TRUST.md #4).
// The one place that knows openat2. Deliberately no path arithmetic: paths come in normalised.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace autofix::fix {

/// Owns one descriptor.
class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// The root itself may be reached through links: it is what the user named.
Descriptor open_root(const std::filesystem::path& root);

/// Opens `path` (normalised, relative; empty is the root itself). On failure errno says why; ELOOP and EXDEV
/// mean that a link or an escape was refused.
Descriptor open_beneath(int root, std::string_view path, int flags, mode_t mode = 0);

/// Opens the folder `name` that stands directly in `parent`, for reading: no symbolic link, and where openat2
/// is there, nothing that is mounted over it.
Descriptor open_child_folder(int parent, const std::string& name);

/// What lies in an open folder, without `.` and `..`, in no order; empty where it cannot be read.
std::vector<std::string> entry_names(int folder);

/// Folder and last component of a normalised path.
std::pair<std::string, std::string> split_path(std::string_view path);

}  // namespace autofix::fix
