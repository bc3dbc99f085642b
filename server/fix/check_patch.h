// The gate between a model's words and the user's files: pure, and the same for every source of fixes
// (TRUST.md #1, #4, #5, #10).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/patch.h"

namespace autofix::fix {

struct CheckPolicy {
  std::vector<std::string>
      allowed_paths;  ///< files that may change; new files may stand in or below their folders
  std::vector<std::string>
      problem_paths;       ///< files a problem lies in: here even manifests may change, on a word
  bool may_create = true;  ///< false where the client has no create operation
  std::size_t max_files = 20;
  std::size_t max_changed_lines = 2'000;
  std::size_t max_file_bytes = 4u << 20;
};

/// Why a patch is refused: a stable code, and a sentence fit for the user and for the model.
struct Rejection {
  std::string code;  ///< control_path | not_allowed | outside_root | too_large | hidden_character |
                     ///< create_refused | …
  std::string message;
};

/// Returns the patch with `needs_confirmation` filled in, or the first reason to refuse all of it.
tl::expected<Patch, Rejection> check_patch(Patch patch, const CheckPolicy& policy);

/// True for paths that no patch may touch, whether or not they exist: any dot component, workspace files,
/// hooks, CI, our own configuration; in any letter case and Unicode form, with trailing dots or spaces.
bool is_control_path(std::string_view path);

/// True for package manifests, lock files and build scripts.
bool is_manifest_path(std::string_view path);

/// Reduces `./a//b` to `a/b`; empty for absolute paths, drive letters, backslashes, `..`, NUL or control
/// characters.
std::string normalized_path(std::string_view path);

}  // namespace autofix::fix
