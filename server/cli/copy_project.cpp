#include "server/cli/copy_project.h"

#include <algorithm>

namespace autofix::cli {
namespace fs = std::filesystem;

tl::expected<void, std::string> copy_project(const fs::path& root, const fs::path& target) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(target, error);
  const auto [in_root, in_target] = std::mismatch(root.begin(), root.end(), whole.begin(), whole.end());
  if (in_root == root.end()) return tl::unexpected(target.string() + " lies inside the project");
  const bool existed = fs::exists(target, error);
  if (existed && !(fs::is_directory(target, error) && fs::is_empty(target, error))) {
    return tl::unexpected(target.string() + " exists and is not an empty folder");
  }
  fs::copy(root, target, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  if (!error) return {};
  const std::string why = error.message();
  fs::remove_all(target, error);
  if (existed) fs::create_directory(target, error);
  return tl::unexpected("the project could not be copied to " + target.string() + ": " + why);
}

}  // namespace autofix::cli
