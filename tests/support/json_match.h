// A part of a JSON value held against the whole: objects by the keys that are named, arrays element by
// element. What cannot be written down: "{any}" is any value, inside a string any text; "{none}" is a key
// that must not be there.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace autofix::test {

/// One line for every place where `wanted` is not part of `got`, named as `at.key[index]`; empty when it is.
std::vector<std::string> json_differences(const nlohmann::ordered_json& wanted, const nlohmann::json& got,
                                          const std::string& at);

/// What `wanted` would have to be to be part of `got`: the same keys in the same order, with the
/// values of `got` where they differ.
nlohmann::ordered_json json_projection(const nlohmann::ordered_json& wanted, const nlohmann::json& got);

/// On one line, with a blank behind every colon and comma, as people write it.
std::string written_json(const nlohmann::ordered_json& value);

}  // namespace autofix::test
