#include "server/verify/child_environment.h"

#include <algorithm>
#include <array>
#include <unistd.h>

namespace autofix::verify {

bool is_key_variable(std::string_view name) {
  constexpr std::array<std::string_view, 5> kKeys = {"GOOGLE_API_KEY", "GEMINI_API_KEY", "GROQ_API_KEY",
                                                     "ANTHROPIC_API_KEY", "OPENAI_API_KEY"};
  return std::any_of(kKeys.begin(), kKeys.end(), [name](std::string_view key) {
    if (name.substr(0, key.size()) != key) return false;
    std::string_view rest = name.substr(key.size());
    if (rest.empty()) return true;
    if (rest.front() != '_' || rest.size() == 1) return false;
    rest.remove_prefix(1);
    return rest.find_first_not_of("0123456789") == std::string_view::npos;
  });
}

std::vector<std::string> child_environment(const std::vector<std::string>& hidden_variables) {
  std::vector<std::string> kept;
  bool bytecode_settled = false;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('='));
    if (is_key_variable(name)) continue;
    if (std::find(hidden_variables.begin(), hidden_variables.end(), name) != hidden_variables.end()) continue;
    if (name == "PYTHONDONTWRITEBYTECODE") bytecode_settled = true;
    kept.emplace_back(text);
  }
  if (!bytecode_settled) kept.emplace_back("PYTHONDONTWRITEBYTECODE=1");
  return kept;
}

std::string_view variable(const std::vector<std::string>& environment, std::string_view name) {
  for (const std::string_view entry : environment) {
    if (entry.size() > name.size() && entry[name.size()] == '=' && entry.substr(0, name.size()) == name) {
      return entry.substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace autofix::verify
