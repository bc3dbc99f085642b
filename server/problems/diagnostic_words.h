// The words of one printed diagnostic, its place aside: severity, code, message, and whose they are.
#pragma once

#include <string>
#include <string_view>

#include "server/problems/problem.h"

namespace autofix::problems {

/// What follows a location: `: error: message`, ` - error TS2304: message`, `: F401 message`, `: C0114:
/// message`, for Go and ld the message alone. False when it is no diagnostic.
bool read_words(std::string_view rest, std::string_view path, Problem& problem, bool& is_note);

/// A line above ` --> path:line:col`: `error[E0425]: message`, `F401 [*] message`.
bool read_heading(std::string_view line, Problem& problem, bool& is_note);

/// A code at the message's end, taken off it: `message [-Wname]`, `message  [name-defined]`, `message
/// (reportName)`.
void take_code(Problem& problem);

/// The tool by its code and the file's kind, where the words did not say.
std::string source_of(const Problem& problem);

}  // namespace autofix::problems
