// Turns what a vendor wrote into a line that may be shown: no key, no control character, not long.
#pragma once

#include <string>
#include <string_view>

namespace autofix::providers {

/// Masks every copy of `secret` (vendors echo keys in their errors), turns runs of control characters and
/// spaces into one space, drops bytes that are no UTF-8 and cuts at about 300 bytes.
std::string shown_text(std::string_view text, std::string_view secret);

}  // namespace autofix::providers
