#include "server/config/credentials.h"

#include <algorithm>

#include "server/config/small_file.h"

namespace autofix::config {
namespace {

constexpr int kMostKeys = 20;

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

std::map<std::string, std::string> read_env_file(const std::filesystem::path& path, Links links,
                                                 std::vector<Notice>& notices) {
  auto text = read_small_file(path, links);
  if (!text) {
    notices.push_back({".env", path.string(), text.error()});
    return {};
  }
  return *text ? parse_env_file(**text) : std::map<std::string, std::string>();
}

/// GROQ_API_KEY and GROQ_API_KEY_7, for the built-in links.
bool is_known_key_name(std::string_view name) {
  const std::size_t digits = name.find_last_not_of("0123456789");
  std::string_view base = name;
  if (digits != std::string_view::npos && digits + 1 < name.size() && name[digits] == '_')
    base = name.substr(0, digits);
  for (const providers::LinkConfig& link : providers::built_in_links()) {
    const std::vector<std::string> names = providers::key_variables(link.name);
    if (std::ranges::find(names, base) != names.end()) return true;
  }
  return false;
}

struct Found {
  std::string value;
  std::string origin;
};

std::optional<Found> find_key(const KeySources& sources, const std::string& name) {
  if (std::string value = sources.environment.variable(name); !value.empty())
    return Found{value, "environment " + name};
  const auto in = [&](const std::map<std::string, std::string>& variables,
                      const std::filesystem::path& file) -> std::optional<Found> {
    const auto found = variables.find(name);
    if (found == variables.end() || found->second.empty()) return std::nullopt;
    return Found{found->second, file.string() + " " + name};
  };
  if (auto found = in(sources.user_variables, sources.user_file)) return found;
  if (sources.project_trusted) return in(sources.project_variables, sources.project_file);
  return std::nullopt;
}

/// A line end in a key would write a header of its own.
bool is_clean(const std::string& key) {
  return std::ranges::all_of(key, [](unsigned char c) { return c > 0x20 && c < 0x7F; });
}

/// The first of several names for the same thing, taken if it is a usable key.
bool take_key(const KeySources& sources, const std::vector<std::string>& names, providers::LinkConfig& link,
              std::vector<Notice>& notices) {
  for (const std::string& name : names) {
    const auto found = find_key(sources, name);
    if (!found) continue;
    if (!is_clean(found->value)) {
      notices.push_back({name, found->origin, "holds blanks or control characters and is not used"});
      return true;
    }
    const bool known = std::ranges::any_of(
        link.credentials, [&](const providers::Credential& key) { return key.value == found->value; });
    if (!known) link.credentials.push_back({found->value, found->origin});
    return true;
  }
  return false;
}

}  // namespace

std::map<std::string, std::string> parse_env_file(std::string_view text) {
  std::map<std::string, std::string> variables;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    const std::size_t equals = line.find('=');
    if (line.empty() || line.front() == '#' || equals == std::string_view::npos) continue;
    const std::string_view name = trimmed(line.substr(0, equals));
    std::string_view value = trimmed(line.substr(equals + 1));
    const bool quoted = value.size() >= 2 && (value.front() == '"' || value.front() == '\'');
    if (quoted) {
      const std::size_t close = value.find(value.front(), 1);
      value = value.substr(1, close == std::string_view::npos ? close : close - 1);
    } else {
      value = trimmed(value.substr(0, value.find(" #")));
    }
    variables[std::string(name)] = std::string(value);
  }
  return variables;
}

KeySources read_key_sources(const Sources& sources, const Environment& environment,
                            std::vector<Notice>& notices) {
  KeySources keys{environment, environment.config_folder() / ".env", {}, {}, {}, sources.trusted};
  if (sources.config_file) keys.user_file = sources.config_file->parent_path() / ".env";
  keys.user_variables = read_env_file(keys.user_file, Links::follow, notices);
  if (sources.project) {
    keys.project_file = *sources.project / ".env";
    std::vector<Notice> unread;
    keys.project_variables =
        read_env_file(keys.project_file, Links::refuse, sources.trusted ? notices : unread);
    std::erase_if(keys.project_variables, [](const auto& entry) { return !is_known_key_name(entry.first); });
  }
  return keys;
}

void find_credentials(const KeySources& sources, const std::vector<std::string>& names,
                      providers::LinkConfig& link, std::vector<Notice>& notices) {
  link.credentials.clear();
  std::vector<std::string> wanted = names;
  if (!names.empty()) {
    for (const std::string& name : names) take_key(sources, {name}, link, notices);
  } else {
    wanted = providers::key_variables(link.name);
    if (wanted.empty()) return;
    int missing = 0;
    for (int number = 1; number <= kMostKeys && missing < 2; ++number) {
      std::vector<std::string> numbered = wanted;
      if (number > 1) {
        for (std::string& name : numbered) name += "_" + std::to_string(number);
      }
      missing = take_key(sources, numbered, link, notices) ? 0 : missing + 1;
    }
  }
  std::string list;
  for (const std::string& name : wanted) list += (list.empty() ? "" : " or ") + name;
  link.missing_key_reason =
      list + " is not set (looked in the environment and in " + sources.user_file.string() + ")";
  const bool in_project =
      !sources.project_trusted && std::ranges::any_of(wanted, [&](const std::string& name) {
        return sources.project_variables.contains(name);
      });
  if (in_project) link.missing_key_reason += "; the project's .env has one, but the project is not trusted";
}

}  // namespace autofix::config
