#include "server/verify/applied_patch.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace autofix::verify {
namespace {

bool is_python(std::string_view path) {
  return path.size() > 3 && path.substr(path.size() - 3) == ".py";
}

}  // namespace

AppliedPatch::AppliedPatch(const std::filesystem::path& root, const fix::Patch& patch)
    : root_path_(root), root_(fix::open_root(root)), patch_(patch) {
  for (const fix::FileChange& change : patch_.files) {
    note(change.path);
    if (!change.new_path.empty()) note(change.new_path);
  }
  std::sort(missing_folders_.begin(), missing_folders_.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

tl::expected<std::unique_ptr<AppliedPatch>, fix::ApplyError> AppliedPatch::apply(
    const std::filesystem::path& root, const fix::Patch& patch) {
  std::unique_ptr<AppliedPatch> applied(new AppliedPatch(root, patch));
  if (auto written = fix::apply_patch(root, patch); !written) return tl::unexpected(written.error());
  applied->applied_ = true;
  applied->distrust_old_bytecode();
  return applied;
}

AppliedPatch::~AppliedPatch() {
  if (applied_) put_back();
}

void AppliedPatch::note(const std::string& path) {
  Original original;
  original.path = path;
  const fix::Descriptor file = fix::open_beneath(root_.get(), path, O_RDONLY | O_NONBLOCK);
  struct stat status {};
  if (file && fstat(file.get(), &status) == 0) {
    original.existed = true;
    original.mode = status.st_mode & 07777;
    original.modified = status.st_mtim;
  } else {
    note_missing_folders(path);
  }
  originals_.push_back(std::move(original));
}

void AppliedPatch::note_missing_folders(const std::string& path) {
  for (std::string folder = fix::split_path(path).first; !folder.empty();
       folder = fix::split_path(folder).first) {
    if (fix::open_beneath(root_.get(), folder, O_RDONLY | O_DIRECTORY) || errno != ENOENT) return;
    if (std::find(missing_folders_.begin(), missing_folders_.end(), folder) == missing_folders_.end()) {
      missing_folders_.push_back(folder);
    }
  }
}

/// Python trusts bytecode that was compiled from a file of the same size and the same second, so a patch that
/// lands within a second of the save would not be run at all.
void AppliedPatch::distrust_old_bytecode() const {
  for (const Original& original : originals_) {
    if (!original.existed || !is_python(original.path)) continue;
    const fix::Descriptor file = fix::open_beneath(root_.get(), original.path, O_RDONLY | O_NONBLOCK);
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0) continue;
    if (status.st_mtim.tv_sec != original.modified.tv_sec) continue;
    timespec later[2] = {status.st_atim, status.st_mtim};
    later[1].tv_sec += 1;
    futimens(file.get(), later);  // where it fails the run is as good as it was
  }
}

std::string AppliedPatch::put_back() {
  applied_ = false;
  std::string trouble;
  if (!fix::apply_patch(root_path_, fix::reversed(patch_))) trouble = put_back_each();
  restore_empty_files();
  restore_modes();
  remove_made_folders();
  return trouble;
}

/// One file that was changed meanwhile must not keep the others from going back.
std::string AppliedPatch::put_back_each() const {
  std::string trouble;
  for (const fix::FileChange& undo : fix::reversed(patch_).files) {
    const auto written = fix::apply_patch(root_path_, fix::Patch{{undo}});
    if (written || is_as_it_was(undo)) continue;
    if (!trouble.empty()) trouble += "; ";
    trouble +=
        undo.path + " still holds the candidate's change or somebody else's: " + written.error().message;
  }
  return trouble;
}

bool AppliedPatch::is_as_it_was(const fix::FileChange& undo) const {
  if (undo.kind == fix::ChangeKind::remove) {
    return !fix::open_beneath(root_.get(), undo.path, O_RDONLY | O_NONBLOCK) && errno == ENOENT;
  }
  fix::FileChange same;
  same.path = undo.new_path.empty() ? undo.path : undo.new_path;
  same.before = undo.after;
  same.after = undo.after;
  return fix::apply_patch(root_path_, fix::Patch{{same}}).has_value();
}

/// apply_patch lets a new file take the place of an empty one, and then undoing it removes both.
void AppliedPatch::restore_empty_files() const {
  for (const fix::FileChange& change : patch_.files) {
    if (change.kind != fix::ChangeKind::create && change.kind != fix::ChangeKind::rename) continue;
    fix::FileChange empty;
    empty.path = change.kind == fix::ChangeKind::create ? change.path : change.new_path;
    empty.kind = fix::ChangeKind::create;
    const bool existed = std::any_of(originals_.begin(), originals_.end(), [&](const Original& original) {
      return original.existed && original.path == empty.path;
    });
    // Refused, as it should be, where a file with content stands.
    if (existed) static_cast<void>(fix::apply_patch(root_path_, fix::Patch{{empty}}));
  }
}

void AppliedPatch::restore_modes() const {
  for (const Original& original : originals_) {
    if (!original.existed) continue;
    const fix::Descriptor file = fix::open_beneath(root_.get(), original.path, O_RDONLY | O_NONBLOCK);
    struct stat status {};
    if (!file || fstat(file.get(), &status) != 0 || (status.st_mode & 07777) == original.mode) continue;
    fchmod(file.get(), original.mode);
  }
}

void AppliedPatch::remove_made_folders() const {
  for (const std::string& path : missing_folders_) {
    const auto [folder, name] = fix::split_path(path);
    const fix::Descriptor parent = fix::open_beneath(root_.get(), folder, O_RDONLY | O_DIRECTORY);
    if (parent) unlinkat(parent.get(), name.c_str(), AT_REMOVEDIR);  // only when empty
  }
}

}  // namespace autofix::verify
