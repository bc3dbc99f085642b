// Finds the keys of links. Their values never leave Credential::value.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "server/config/load.h"

namespace autofix::config {

/// Where keys are looked for, the first hit wins: the process's environment, `.env` beside the user's
/// configuration, and `.env` of the project.
struct KeySources {
  const Environment& environment;
  std::filesystem::path user_file;
  std::map<std::string, std::string> user_variables;
  std::filesystem::path project_file;                    ///< empty without a project
  std::map<std::string, std::string> project_variables;  ///< known key names only
  bool project_trusted = false;
};
KeySources read_key_sources(const Sources& sources, const Environment& environment,
                            std::vector<Notice>& notices);

/// Fills in `link.credentials` and the reason why there are none. `names`: `env:` names that the
/// configuration lists; empty: the link's own, with `_2`, `_3`, ….
void find_credentials(const KeySources& sources, const std::vector<std::string>& names,
                      providers::LinkConfig& link, std::vector<Notice>& notices);

/// `KEY=value` lines, `export`, quotes, comments.
std::map<std::string, std::string> parse_env_file(std::string_view text);

}  // namespace autofix::config
