// SHA-256, for names that must not give away what they name.
#pragma once

#include <string>
#include <string_view>

namespace autofix::providers {

/// 64 hexadecimal digits.
std::string sha256_hex(std::string_view text);

}  // namespace autofix::providers
