// Writes the entries of an archive below a folder, and nowhere else (TRUST.md #4). What may be in an archive
// at all is zip_entry.h's.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "server/cli/archive/zip_archive.h"

namespace autofix::cli {

/// Unpacks what lies below `top` (a path of the archive; empty: everything) into `folder`, which is empty,
/// `top` itself left out of the paths. Files keep their times and permission bits, without setuid and
/// readable by their owner. What is there already, or is reached through a link, is never written to. On
/// failure, and when stopped, some of it is there.
tl::expected<void, std::string> unpack(const ZipArchive& archive, std::string_view top,
                                       const std::filesystem::path& folder, const std::stop_token& stop);

}  // namespace autofix::cli
