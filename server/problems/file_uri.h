// Paths out of the URIs that reports carry. The protocol has its own, stricter way; this layer may not use
// it.
#pragma once

#include <string>
#include <string_view>

namespace autofix::problems {

/// The path of a `file:` URI; a relative reference (SARIF) percent-decoded; every other URI as it is.
std::string path_of_uri(std::string_view uri);

}  // namespace autofix::problems
