// Every key of the configuration in one table: its type, who may set it, and how. Loading, `autofix config`,
// the schema and the notices about unknown keys all follow from it.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>

#include "server/config/config.h"

namespace autofix::config {

/// What a project file or an editor's settings may do with a key (TRUST.md).
enum class ProjectMay {
  nothing,
  set,      ///< harmless: any value
  add,      ///< to a list
  narrow,   ///< a list: keep a part of it
  lower,    ///< a number
  stricter  ///< an enumeration in ascending order
};

enum class From { user, project, editor };

struct Key {
  const char* path;
  ProjectMay project;
  const char* description;
  nlohmann::json (*schema)();
  /// Takes the value over. Empty, or why not.
  std::string (*take)(const nlohmann::json& value, Config& config, ProjectMay how);
  nlohmann::json (*value)(const Config& config);
};

std::span<const Key> keys();

/// One key of a `providers.<name>` object.
struct LinkKey {
  const char* name;
  const char* description;
  nlohmann::json (*schema)();
  std::string (*take)(const nlohmann::json& value, providers::LinkConfig& link);
  nlohmann::json (*value)(const providers::LinkConfig& link);
};

std::span<const LinkKey> link_keys();

/// Whether requests with a key may go there: https, or http to this machine; no password in it.
bool is_safe_base_url(std::string_view url);

}  // namespace autofix::config
