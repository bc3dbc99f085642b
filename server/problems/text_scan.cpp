#include "server/problems/text_scan.h"

#include <algorithm>
#include <array>
#include <limits>

namespace autofix::problems {
namespace {

constexpr std::size_t kMaxPath = 4096;
/// Places in a line where a number might be a line's: each one costs a look at all that stands before it.
constexpr int kMostTried = 16;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// `line[:column]` behind a colon, or `line[,column])` behind a parenthesis.
std::optional<PrintedLocation> numbers_behind(std::string_view text, std::size_t at) {
  PrintedLocation location;
  location.path = text.substr(0, at);
  std::string_view rest = text.substr(at + 1);
  const std::optional<std::uint32_t> line = take_number(rest);
  if (!line) return std::nullopt;
  location.line = *line;
  if (text[at] == '(') {
    if (take_prefix(rest, ",")) location.column = take_number(rest);
    if (!take_prefix(rest, ")")) return std::nullopt;
  } else if (rest.size() > 1 && rest[0] == ':' && is_digit(rest[1])) {
    std::string_view behind = rest.substr(1);
    location.column = take_number(behind);
    if (location.column) rest = behind;
  }
  location.rest = rest;
  return location;
}

}  // namespace

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(line);
  }
  return lines;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::size_t indentation(std::string_view line) {
  return std::min(line.find_first_not_of(" \t"), line.size());
}

std::optional<std::uint32_t> take_number(std::string_view& text) {
  std::uint64_t value = 0;
  std::size_t digits = 0;
  while (digits < text.size() && is_digit(text[digits])) {
    value = value * 10 + static_cast<std::uint64_t>(text[digits] - '0');
    if (value > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
    ++digits;
  }
  if (digits == 0) return std::nullopt;
  text.remove_prefix(digits);
  return static_cast<std::uint32_t>(value);
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

std::optional<PrintedLocation> take_location(std::string_view text) {
  const std::size_t limit = std::min(text.size(), kMaxPath);
  int tried = 0;
  for (std::size_t at = 1; at + 1 < limit && tried < kMostTried; ++at) {
    if ((text[at] != ':' && text[at] != '(') || !is_digit(text[at + 1])) continue;
    ++tried;
    const std::optional<PrintedLocation> location = numbers_behind(text, at);
    if (location && looks_like_path(location->path)) return location;
  }
  return std::nullopt;
}

// `12`, `2026-02-23T08` and `make[1]` are none.
bool looks_like_path(std::string_view text) {
  if (text.empty() || text.size() > kMaxPath) return false;
  if (text.starts_with('<') && text.ends_with('>')) return true;  // <string>, <stdin>
  const std::size_t slash = text.find_last_of("/\\");
  const std::string_view name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  if (name.empty() || name.front() == ' ') return false;
  if (name == "Makefile" || name == "makefile" || name == "GNUmakefile" || name == "Dockerfile") return true;
  const std::size_t dot = name.find_last_of('.');
  if (dot == std::string_view::npos) {
    return slash != std::string_view::npos && std::any_of(name.begin(), name.end(), is_letter) &&
           name.find(' ') == std::string_view::npos;
  }
  const std::string_view extension = name.substr(dot + 1);
  if (extension.empty() || extension.size() > 10) return false;
  const bool plain = std::all_of(extension.begin(), extension.end(),
                                 [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '_'; });
  return plain && std::any_of(extension.begin(), extension.end(), is_letter);
}

bool is_script(std::string_view path) {
  constexpr std::array<std::string_view, 8> kSuffixes = {".js",  ".ts",  ".jsx", ".tsx",
                                                         ".mjs", ".cjs", ".mts", ".cts"};
  return std::any_of(kSuffixes.begin(), kSuffixes.end(),
                     [&](std::string_view suffix) { return path.ends_with(suffix); });
}

bool is_foreign_path(std::string_view path) {
  constexpr std::array<std::string_view, 18> kParts = {
      "site-packages/",  "dist-packages/",   "/lib/python",    "/lib64/python",
      "/usr/include/",   "/usr/lib/",        "node_modules/",  "node:",
      "/rustc/",         "/.cargo/",         "/usr/local/go/", "/go/pkg/mod/",
      "/rustc-",         "/usr/src/",        "/_pytest/",      "/usr/share/",
      "\\Python\\Lib\\", "internal/process/"};
  if (path.empty() || path.front() == '<') return true;
  return std::any_of(kParts.begin(), kParts.end(),
                     [&](std::string_view part) { return contains(path, part); });
}

}  // namespace autofix::problems
