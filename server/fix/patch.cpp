#include "server/fix/patch.h"

#include <algorithm>

#include "server/text/unified_diff.h"

namespace autofix::fix {

std::string unified_diff(const Patch& patch) {
  std::string out;
  for (const FileChange& change : patch.files) {
    switch (change.kind) {
      case ChangeKind::modify:
        out += text::unified_diff(change.path, change.before, change.after);
        break;
      case ChangeKind::create:
        out += text::unified_diff(change.path, std::nullopt, change.after);
        break;
      case ChangeKind::remove:
        out += text::unified_diff(change.path, change.before, std::nullopt);
        break;
      case ChangeKind::rename:
        // patch(1) knows no renames; every tool knows these two.
        out += text::unified_diff(change.path, change.before, std::nullopt);
        out += text::unified_diff(change.new_path, std::nullopt, change.after);
        break;
    }
  }
  return out;
}

bool needs_confirmation(const Patch& patch) {
  return std::ranges::any_of(patch.files, &FileChange::needs_confirmation);
}

}  // namespace autofix::fix
