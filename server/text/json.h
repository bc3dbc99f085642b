// Parsing and writing JSON that comes from outside (reports, configuration, model replies) within bounds and
// without exceptions. Deliberately no schema: readers check the types they need.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace autofix::text {

/// Values nested deeper than this are refused: copying or dumping a deep tree would overflow the stack.
inline constexpr int kMaxJsonDepth = 256;

/// The value, or one sentence about what is wrong and where. A byte-order mark is skipped. `\u` escapes of
/// half a surrogate pair, which JavaScript programs write, become U+FFFD. With `allow_comments`, `//` and
/// `/* */` count as white space; trailing commas stay errors.
tl::expected<nlohmann::json, std::string> parse_json(std::string_view text, bool allow_comments = false);

/// Never throws: bytes that are no UTF-8 become U+FFFD. A negative indent means one line.
std::string dump_json(const nlohmann::json& value, int indent = -1);

}  // namespace autofix::text
