// A project's files in a new place: for `--output FOLDER`.
#pragma once

#include <filesystem>
#include <string>
#include <tl/expected.hpp>

namespace autofix::cli {

/// Copies folders, files and links (as links); `target` must not exist, or be an empty folder outside of
/// `root`. On failure what was copied is removed again.
tl::expected<void, std::string> copy_project(const std::filesystem::path& root,
                                             const std::filesystem::path& target);

}  // namespace autofix::cli
