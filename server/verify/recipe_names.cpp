#include "server/verify/recipe_names.h"

#include <algorithm>
#include <cctype>

namespace autofix::verify {

bool is_plain(std::string_view name) {
  return !name.empty() && std::ranges::none_of(name, [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
  });
}

std::string escaped(std::string_view name) {
  std::string pattern;
  for (const char byte : name) {
    if (std::string_view("\\^$.|?*+()[]{}").find(byte) != std::string_view::npos) pattern += '\\';
    pattern += byte;
  }
  return pattern;
}

std::string any_of(const std::vector<std::string>& escaped_names) {
  if (escaped_names.size() == 1) return "^" + escaped_names.front() + "$";
  std::string pattern;
  for (const std::string& name : escaped_names) pattern += (pattern.empty() ? "^(" : "|") + name;
  return pattern + ")$";
}

bool is_identifier(std::string_view name, std::string_view also) {
  return !name.empty() && name.front() != '-' && std::ranges::all_of(name, [&](char byte) {
    const auto value = static_cast<unsigned char>(byte);
    return std::isalnum(value) != 0 || byte == '_' || value >= 0x80 ||
           also.find(byte) != std::string_view::npos;
  });
}

}  // namespace autofix::verify
