// Configuration files: small, regular, never through a symbolic link where a project could have planted one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>

namespace autofix::config {

enum class Links { follow, refuse };

/// Nothing when there is no such file; an error when it cannot or must not be read (a link, larger than 1
/// MiB).
tl::expected<std::optional<std::string>, std::string> read_small_file(const std::filesystem::path& path,
                                                                      Links links);

}  // namespace autofix::config
