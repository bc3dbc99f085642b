// Small pieces that the readers of line-based formats share: lines, numbers, `path:line:column`. Hand-written
// and linear in the input: std::regex recurses per character and a report's line may be megabytes long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/text/position.h"

namespace autofix::problems {

/// Reports larger than this are refused (TRUST.md, "Bad input").
inline constexpr std::size_t kMaxReportBytes = std::size_t{64} << 20;

/// Lines without their LF or CR LF.
std::vector<std::string_view> lines_of(std::string_view text);

std::string_view trimmed(std::string_view text);

/// How many spaces and TABs the line begins with.
std::size_t indentation(std::string_view line);

/// The number that `text` begins with, taken off it. Larger than 32 bits or no digit: nothing.
std::optional<std::uint32_t> take_number(std::string_view& text);

/// Takes `prefix` off `text` if it begins with it.
bool take_prefix(std::string_view& text, std::string_view prefix);

bool contains(std::string_view text, std::string_view part);

/// A place as tools print it: `path:line`, `path:line:column`, `path(line)`, `path(line,column)`.
struct PrintedLocation {
  std::string_view path;
  std::uint32_t line = 1;               ///< one-based as printed
  std::optional<std::uint32_t> column;  ///< as printed
  std::string_view rest;                ///< behind the last digit or parenthesis
};

/// The location that `text` begins with. What stands before the line number must look like a path, so that
/// `12:30:45` is none.
std::optional<PrintedLocation> take_location(std::string_view text);

/// Whether a whole text is spelled like a path: it has a folder or an extension with a letter in it.
bool looks_like_path(std::string_view text);

/// Whether a path is that of JavaScript or TypeScript.
bool is_script(std::string_view path);

/// Tools count lines and most columns from one. Zero stays zero.
inline std::uint32_t zero_based(std::uint32_t printed) {
  return printed == 0 ? 0 : printed - 1;
}

/// An empty range at the beginning of a line that was printed one-based: what is known of a failing line.
inline text::Range line_start(std::uint32_t printed) {
  return {{zero_based(printed), 0}, {zero_based(printed), 0}};
}

/// Whether a file belongs to an interpreter, a standard library or an installed package rather than to the
/// project. Decided by the path alone.
bool is_foreign_path(std::string_view path);

}  // namespace autofix::problems
