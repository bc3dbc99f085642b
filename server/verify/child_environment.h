// What a child gets to see of our environment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace autofix::verify {

/// True for the variables that hold providers' keys: the known names, alone or with `_2`, `_3`, ….
bool is_key_variable(std::string_view name);

/// `NAME=value` entries of this process without our keys and without `hidden_variables`. Python is told to
/// write no bytecode: a cached file is trusted by whole seconds and size, so one that was compiled from a
/// candidate could outlive it.
std::vector<std::string> child_environment(const std::vector<std::string>& hidden_variables);

/// Value of a variable in such a list; empty when it is not there.
std::string_view variable(const std::vector<std::string>& environment, std::string_view name);

}  // namespace autofix::verify
