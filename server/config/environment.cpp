#include <cstdlib>
#include <pwd.h>
#include <unistd.h>

#include "server/config/load.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace autofix::config {

Environment Environment::of_process() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string variable = *entry;
    const std::size_t equals = variable.find('=');
    if (equals != std::string::npos)
      environment.variables[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  environment.home = environment.variable("HOME");
  if (environment.home.empty()) {
    if (const passwd* user = getpwuid(geteuid())) environment.home = user->pw_dir;
  }
  return environment;
}

std::string Environment::variable(const std::string& name) const {
  const auto found = variables.find(name);
  return found == variables.end() ? std::string() : found->second;
}

namespace {

/// The XDG specification says: a relative path is to be ignored.
std::filesystem::path folder_of(const std::string& base, const std::filesystem::path& fallback) {
  const std::filesystem::path path = base;
  return (path.is_absolute() ? path : fallback) / "autofix";
}

}  // namespace

std::filesystem::path Environment::config_folder() const {
  return folder_of(variable("XDG_CONFIG_HOME"), home / ".config");
}

std::filesystem::path Environment::state_folder() const {
  return folder_of(variable("XDG_STATE_HOME"), home / ".local" / "state");
}

std::filesystem::path Environment::runtime_folder() const {
  const std::filesystem::path folder = variable("XDG_RUNTIME_DIR");
  return folder.is_absolute() ? folder / "autofix" : std::filesystem::path();
}

}  // namespace autofix::config
