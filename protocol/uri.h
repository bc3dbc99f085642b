// `file:` URIs and paths (RFC 8089, RFC 3986). Deliberately nothing about other schemes.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace autofix::protocol {

/// The absolute path of a `file:` URI without a foreign host; nothing for every other URI.
std::optional<std::string> path_of_file_uri(std::string_view uri);

/// Of an absolute path; bytes outside of RFC 3986's unreserved set and `/` are percent-encoded.
std::string file_uri_of(std::string_view path);

/// The same for the many spellings of one file that clients use: `file:///c%3A/x`, `FILE://localhost/x`.
/// URIs of other schemes stay as they are.
std::string normalized_uri(std::string_view uri);

}  // namespace autofix::protocol
