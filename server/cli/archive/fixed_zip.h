// A fixed project as a .zip: an archive with a patch laid over it, or a folder with one. The contents come
// from the patch and never from a folder that commands ran in.
#pragma once

#include <ctime>
#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "server/cli/archive/zip_archive.h"
#include "server/fix/patch.h"

namespace autofix::cli {

/// Writes `archive` with `patch` applied into `file` (empty). Every entry that the patch does not touch keeps
/// every byte, in the archive's order: local header, packed content, central record but for the place. A
/// changed entry keeps its place, name, method, permissions and comment and gets the time `now`. Deleted
/// entries go; new ones (also the new name of a moved file) come last. `top` stands before the patch's paths
/// in the archive. The archive's content must be the patch's `before`.
tl::expected<void, std::string> write_fixed_archive(int file, const ZipArchive& archive, std::string_view top,
                                                    const fix::Patch& patch, std::time_t now,
                                                    const std::stop_token& stop);

/// Writes the folder `root` with `patch` applied into `file`: files and links (as links) by name, empty
/// folders, permissions and times; nothing that is neither file nor folder nor link.
tl::expected<void, std::string> write_fixed_folder(int file, const std::filesystem::path& root,
                                                   const fix::Patch& patch, std::time_t now,
                                                   const std::stop_token& stop);

}  // namespace autofix::cli
