// Writes a patch to disk, all files or none, beneath one root and through no symbolic link (TRUST.md #4,
// #12).
#pragma once

#include <filesystem>
#include <string>
#include <tl/expected.hpp>

#include "server/fix/patch.h"

namespace autofix::fix {

struct ApplyError {
  std::string
      code;  ///< stale_document (the bytes on disk are not the patch's `before`) | outside_root | io_error
  std::string message;
};

/// First compares every file's bytes with `before`, then writes temporary files beside their targets (same
/// mode bits), then renames; a failure half-way puts back what was renamed.
tl::expected<void, ApplyError> apply_patch(const std::filesystem::path& root, const Patch& patch);

/// The patch that undoes `patch`.
Patch reversed(const Patch& patch);

}  // namespace autofix::fix
