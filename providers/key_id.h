// Names a key without giving it away.
#pragma once

#include <string>
#include <string_view>

namespace autofix::providers {

/// The first twelve hex digits of the key's SHA-256: enough to tell a user's keys apart, and a new key from
/// an old one.
std::string key_id(std::string_view key);

}  // namespace autofix::providers
