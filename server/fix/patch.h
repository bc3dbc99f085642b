// A set of file changes against one snapshot: all of them or none.
#pragma once

#include <string>
#include <vector>

#include "server/text/edit.h"

namespace autofix::fix {

enum class ChangeKind { modify, create, remove, rename };

struct FileChange {
  std::string path;  ///< project-relative
  ChangeKind kind = ChangeKind::modify;
  std::string before;  ///< the snapshot's text; empty for create
  std::string after;   ///< empty for remove
  std::vector<text::TextEdit>
      edits;             ///< from before to after, minimal, sorted, non-overlapping; empty for remove
  std::string new_path;  ///< rename only
  bool needs_confirmation = false;  ///< remove, rename, manifests, weakened tests: only on the user's word
  std::string confirmation_reason;
  bool weakens_tests = false;  ///< removes or changes what a test demands
};

struct Patch {
  std::vector<FileChange> files;  ///< sorted by path, one per path
};

/// The patch as one unified diff, for people and `git apply`.
std::string unified_diff(const Patch& patch);

bool needs_confirmation(const Patch& patch);

}  // namespace autofix::fix
