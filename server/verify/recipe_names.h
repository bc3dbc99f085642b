// Tests' names as the arguments of the tools that select them. Each refuses (empty) what could mean something
// else there.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace autofix::verify {

/// No control characters and not empty.
bool is_plain(std::string_view name);

/// A pattern that only `name` matches, in the language of JavaScript, Go and CMake alike.
std::string escaped(std::string_view name);

/// `^(a|b)$` of names that are escaped already.
std::string any_of(const std::vector<std::string>& escaped_names);

/// Identifiers with these other characters between or in them.
bool is_identifier(std::string_view name, std::string_view also);

}  // namespace autofix::verify
