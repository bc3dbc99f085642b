// Copies a project's folder where nothing better can be had: shared blocks where the file system can
// (reflinks), else bytes.
#pragma once

#include <filesystem>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>

namespace autofix::verify {

/// Regular files, folders and symbolic links, with their modes and times; what else there is (sockets, pipes,
/// devices) is left out. `to` must not exist. Refuses projects whose copying would take too long: more than
/// 200,000 entries or, without reflinks, 4 GiB.
tl::expected<void, std::string> copy_tree(const std::filesystem::path& from, const std::filesystem::path& to,
                                          const std::stop_token& stop);

}  // namespace autofix::verify
