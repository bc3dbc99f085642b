#include "server/cli/new_folder.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "server/fix/beneath.h"
#include "server/fix/remove_tree.h"

namespace autofix::cli {
namespace fs = std::filesystem;

namespace {

tl::unexpected<std::string> failed(const fs::path& target, const std::string& why) {
  return tl::unexpected(target.string() + " cannot be written: " + why);
}

}  // namespace

tl::expected<NewFolder, std::string> NewFolder::for_target(const fs::path& target) {
  std::error_code error;
  const fs::path named = target.has_filename() ? target : target.parent_path();
  const bool exists = fs::is_directory(named, error);
  // On the same file system as the target, so that it can be moved there: it may be a mount of its own.
  const fs::path above = exists ? named : (named.has_parent_path() ? named.parent_path() : fs::path("."));
  std::string holder = (above / ".autofix-XXXXXX").string();
  if (mkdtemp(holder.data()) == nullptr) return failed(target, std::strerror(errno));
  return NewFolder(holder, named);
}

NewFolder::~NewFolder() {
  if (holder_.empty()) return;
  const fix::Descriptor holder = fix::open_root(holder_);
  if (holder) fix::remove_contents(holder.get());
  std::error_code error;
  fs::remove(holder_, error);
}

tl::expected<void, std::string> NewFolder::place() {
  std::error_code error;
  if (!fs::is_directory(target_, error)) {
    // A folder that came to be there meanwhile is replaced only when it is empty.
    fs::rename(path(), target_, error);
    if (error) return failed(target_, error.message());
    return {};
  }
  std::vector<fs::path> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(path(), error)) {
    names.push_back(entry.path().filename());
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(target_, error)) {
    if (entry.path().filename() != holder_.filename()) return failed(target_, "it is not empty any more");
  }
  for (const fs::path& name : names) {
    if (!error) fs::rename(path() / name, target_ / name, error);
  }
  if (error) return failed(target_, error.message());
  return {};
}

}  // namespace autofix::cli
