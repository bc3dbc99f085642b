// Reading JSON that a stranger sent: no exception, no deep tree, no half value.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace autofix::providers {

/// Empty when the text is not JSON or nests deeper than 256: copying and printing deeper trees overflows the
/// stack.
std::optional<nlohmann::json> parse_body(std::string_view text);

/// The member of that name when `object` is an object and the member a string; else empty.
std::string string_member(const nlohmann::json& object, const char* name);
/// The member of that name, or null when there is none or `object` is no object.
const nlohmann::json& member(const nlohmann::json& object, const char* name);
/// The member as a whole number >= 0, else 0.
std::int64_t count_member(const nlohmann::json& object, const char* name);

/// As text for the wire; bytes that are no UTF-8 become U+FFFD.
std::string to_wire(const nlohmann::json& value);

}  // namespace autofix::providers
