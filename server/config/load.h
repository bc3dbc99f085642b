// Reads the configuration from its sources, later wins: built-in catalog, user file, project file, editor
// settings, environment, flags. A project file and editor settings may set only what TRUST.md allows; the
// rest of them is named and ignored. Unknown keys and wrong types are reported by path, and everything else
// still works.
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "server/config/config.h"

namespace autofix::config {

/// The process's surroundings as values, so that tests need no real ones.
struct Environment {
  std::map<std::string, std::string> variables;
  std::filesystem::path home;

  static Environment of_process();
  /// Empty when not set.
  std::string variable(const std::string& name) const;
  /// `$XDG_CONFIG_HOME/autofix`, `$XDG_STATE_HOME/autofix`, with the specification's defaults below home.
  std::filesystem::path config_folder() const;
  std::filesystem::path state_folder() const;
  /// `$XDG_RUNTIME_DIR/autofix`; empty when that is not set.
  std::filesystem::path runtime_folder() const;
};

struct Sources {
  std::optional<std::filesystem::path> config_file;  ///< `--config`; must exist
  std::optional<std::filesystem::path> project;      ///< the project's root
  bool trusted = false;                              ///< `--trust` or the user's trust store
  const nlohmann::json* editor_settings = nullptr;   ///< initializationOptions or section `autofix`
  std::vector<std::pair<std::string, std::string>>
      flags;  ///< (`log.level`, `debug`): path and JSON or bare text
};

/// Something in a source that was not taken: `providers.groq.baseUrl` in which file, and why.
struct Notice {
  std::string path;
  std::string source;
  std::string message;
};

struct Loaded {
  Config config;
  bool trusted = false;  ///< Sources::trusted, unless the editor says that it does not trust the project
  std::vector<Notice> notices;
  std::map<std::string, std::string> origins;  ///< path -> where its value came from; `built-in` is left out
  /// Set when a file that was named (`--config`, AUTOFIX_CONFIG) is missing or is no JSON at all: the command
  /// line exits 2.
  std::string fatal;
};

Loaded load(const Sources& sources, const Environment& environment);

/// Effective values with keys masked, as `autofix config --json` prints them: {"path": {"value": …, "origin":
/// "…"}}.
nlohmann::json describe(const Loaded& loaded);

/// JSON Schema (draft 2020-12) of the configuration file; every key has a description and `x-scope` (user |
/// project).
nlohmann::json schema();

}  // namespace autofix::config
