#include "server/config/load.h"

#include <algorithm>

#include "server/config/credentials.h"
#include "server/config/key_table.h"
#include "server/config/small_file.h"
#include "server/fix/context.h"
#include "server/text/json.h"

namespace autofix::config {
namespace {

using nlohmann::json;

constexpr const char* kProjectFile = ".autofix.json";

class Loader {
 public:
  Loader(const Sources& sources, const Environment& environment)
      : sources_(sources), environment_(environment) {
    loaded_.config.links = providers::built_in_links();
    // What is taken from the project depends on it, so it is looked at before everything else.
    const json* editor = sources.editor_settings;
    if (editor != nullptr && editor->is_object() && editor->value("workspaceTrusted", json()) == false)
      sources_.trusted = false;
    loaded_.trusted = sources_.trusted;
  }

  Loaded load() {
    load_user_file();
    load_project_file();
    if (sources_.editor_settings != nullptr)
      take_object(*sources_.editor_settings, "", "editor settings", From::editor);
    for (const auto& [path, text] : sources_.flags) take_flag(path, text);
    const KeySources keys = read_key_sources(sources_, environment_, loaded_.notices);
    for (providers::LinkConfig& link : loaded_.config.links) {
      find_credentials(keys, key_names_[link.name], link, loaded_.notices);
    }
    return std::move(loaded_);
  }

 private:
  void notice(std::string path, const std::string& source, std::string message) {
    loaded_.notices.push_back({std::move(path), source, std::move(message)});
  }

  void load_user_file() {
    std::filesystem::path path = environment_.config_folder() / "config.json";
    bool named = false;
    if (const std::string variable = environment_.variable("AUTOFIX_CONFIG"); !variable.empty()) {
      path = variable;
      named = true;
    }
    if (sources_.config_file) {
      path = *sources_.config_file;
      named = true;
    }
    const auto text = read_small_file(path, Links::follow);
    if (!text || (named && !*text)) {
      const std::string why = path.string() + (text ? ": does not exist" : ": " + text.error());
      if (named) {
        loaded_.fatal = "the configuration file cannot be read: " + why;
      } else {
        notice("", path.string(), text.error());
      }
      return;
    }
    if (!*text) return;
    auto value = text::parse_json(**text, true);
    if (!value || !value->is_object()) {
      const std::string why = value ? "an object is expected" : value.error();
      if (named) {
        loaded_.fatal = "the configuration file " + path.string() + " is not valid: " + why;
      } else {
        notice("", path.string(), "is not valid and is left out: " + why);
      }
      return;
    }
    take_object(*value, "", path.string(), From::user);
  }

  void load_project_file() {
    if (!sources_.project) return;
    const auto text = read_small_file(*sources_.project / kProjectFile, Links::refuse);
    if (!text) return notice("", kProjectFile, text.error());
    if (!*text) return;
    const auto value = text::parse_json(**text, true);
    if (!value || !value->is_object()) {
      return notice("", kProjectFile,
                    "is not valid and is left out: " + (value ? "an object is expected" : value.error()));
    }
    take_object(*value, "", kProjectFile, From::project);
  }

  void take_flag(const std::string& path, const std::string& text) {
    const auto parsed = text::parse_json(text);
    const auto key = std::ranges::find(keys(), path, [](const Key& row) { return std::string(row.path); });
    if (key == keys().end()) return notice(path, "command line", "unknown key");
    take_value(*key, parsed ? *parsed : json(text), "command line", From::user);
  }

  void take_object(const json& object, const std::string& prefix, const std::string& source, From from) {
    for (const auto& [name, value] : object.items()) {
      const std::string path = prefix + name;
      if (path == "$schema") continue;
      if (path == "providers") {
        take_providers(value, source, from);
        continue;
      }
      const auto key = std::ranges::find(keys(), path, [](const Key& row) { return std::string(row.path); });
      if (key != keys().end()) {
        take_value(*key, value, source, from);
        continue;
      }
      const bool group = std::ranges::any_of(
          keys(), [&](const Key& row) { return std::string_view(row.path).starts_with(path + "."); });
      if (!group) {
        notice(path, source, "unknown key");
      } else if (!value.is_object()) {
        notice(path, source, "an object is expected");
      } else {
        take_object(value, path + ".", source, from);
      }
    }
  }

  void take_value(const Key& key, const json& value, const std::string& source, From from) {
    const bool from_user = from == From::user;
    if (!from_user && key.project == ProjectMay::nothing) {
      return notice(key.path, source, "only the user's own configuration may set this; ignored");
    }
    if (from != From::editor && std::string_view(key.path) == "workspaceTrusted") {
      return notice(key.path, source, "only an editor says this; ignored (see `autofix trust`)");
    }
    if (!from_user && std::string_view(key.path) == "verify.commands") {
      if (from == From::editor) return notice(key.path, source, "editor settings may not set this; ignored");
      if (!sources_.trusted)
        return notice(key.path, source, "the project is not trusted; ignored (see `autofix trust`)");
    }
    const std::string error = key.take(value, loaded_.config, from_user ? ProjectMay::set : key.project);
    if (!error.empty()) return notice(key.path, source, error);
    loaded_.origins[key.path] = source;
  }

  void take_providers(const json& value, const std::string& source, From from) {
    if (from != From::user) {
      return notice("providers", source, "only the user's own configuration may set this; ignored");
    }
    if (!value.is_object()) return notice("providers", source, "an object is expected");
    for (const auto& [name, settings] : value.items()) {
      const std::string path = "providers." + name;
      if (!settings.is_object()) {
        notice(path, source, "an object is expected");
        continue;
      }
      take_link(name, settings, path, source);
    }
  }

  void take_link(const std::string& name, const json& settings, const std::string& path,
                 const std::string& source) {
    auto known = std::ranges::find(loaded_.config.links, name, &providers::LinkConfig::name);
    providers::LinkConfig link;
    if (known != loaded_.config.links.end()) {
      link = *known;
    } else {
      link.name = name;
      link.display_name = name;
    }
    // The first model before those that follow it.
    for (const bool models_last : {false, true}) {
      for (const auto& [key_name, value] : settings.items()) {
        if ((key_name == "fallbackModels") == models_last) take_link_key(key_name, value, path, source, link);
      }
    }
    if (known != loaded_.config.links.end()) {
      *known = std::move(link);
    } else if (link.dialect == providers::DialectKind::none || link.base_url.empty() || link.models.empty()) {
      notice(path, source, "a link of your own needs dialect, baseUrl and model; it is left out");
    } else {
      link.needs_key = settings.contains("keys");
      loaded_.config.links.push_back(std::move(link));
    }
  }

  void take_link_key(const std::string& name, const json& value, const std::string& path,
                     const std::string& source, providers::LinkConfig& link) {
    const std::string full = path + "." + name;
    const auto key =
        std::ranges::find(link_keys(), name, [](const LinkKey& row) { return std::string(row.name); });
    if (key == link_keys().end()) return notice(full, source, "unknown key");
    const std::string error =
        key->take != nullptr ? key->take(value, link) : take_key_names(value, link.name);
    if (!error.empty()) return notice(full, source, error);
    loaded_.origins[full] = source;
  }

  std::string take_key_names(const json& value, const std::string& link) {
    constexpr std::string_view kPrefix = "env:";
    std::vector<std::string> names;
    if (!value.is_array()) return "an array of env:NAME is expected";
    for (const json& item : value) {
      const bool named = item.is_string() && item.get_ref<const std::string&>().starts_with(kPrefix);
      if (!named) return "env:NAME is expected: keys themselves never stand in this file";
      names.push_back(item.get<std::string>().substr(kPrefix.size()));
    }
    key_names_[link] = std::move(names);
    return {};
  }

  Sources sources_;
  const Environment& environment_;
  Loaded loaded_;
  std::map<std::string, std::vector<std::string>> key_names_;  // by link
};

}  // namespace

Loaded load(const Sources& sources, const Environment& environment) {
  return Loader(sources, environment).load();
}

std::vector<providers::LinkConfig> Config::chain_links() const {
  std::vector<providers::LinkConfig> chosen;
  for (const std::string& name : chain) {
    const auto link = std::ranges::find(links, name, &providers::LinkConfig::name);
    if (link == links.end()) continue;
    const bool allowed = std::ranges::any_of(
        privacy.allow_providers, [&](const std::string& glob) { return fix::matches_glob(glob, name); });
    chosen.push_back(*link);
    // The offline link sends nothing anywhere.
    chosen.back().barred = !allowed && link->dialect != providers::DialectKind::none;
  }
  return chosen;
}

json describe(const Loaded& loaded) {
  json values = json::object();
  const auto origin = [&](const std::string& path) {
    const auto known = loaded.origins.find(path);
    return known == loaded.origins.end() ? std::string("built-in") : known->second;
  };
  for (const Key& key : keys()) {
    values[key.path] = {{"value", key.value(loaded.config)}, {"origin", origin(key.path)}};
  }
  for (const providers::LinkConfig& link : loaded.config.links) {
    if (link.dialect == providers::DialectKind::none) continue;
    for (const LinkKey& key : link_keys()) {
      const std::string path = "providers." + link.name + "." + key.name;
      values[path] = {{"value", key.value(link)}, {"origin", origin(path)}};
    }
  }
  return values;
}

namespace {

const char* scope_name(ProjectMay may) {
  return may == ProjectMay::nothing ? "user" : "project";
}

json described(json schema, const char* description, const char* scope) {
  schema["description"] = description;
  schema["x-scope"] = scope;
  return schema;
}

}  // namespace

json schema() {
  json properties = json::object();
  for (const Key& key : keys()) {
    json* place = &properties;
    std::string path = key.path;
    for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.')) {
      json& group = (*place)[path.substr(0, dot)];
      group["type"] = "object";
      group["additionalProperties"] = false;
      place = &group["properties"];
      path.erase(0, dot + 1);
    }
    (*place)[path] = described(key.schema(), key.description, scope_name(key.project));
  }
  json link = {{"type", "object"}, {"additionalProperties", false}, {"properties", json::object()}};
  for (const LinkKey& key : link_keys())
    link["properties"][key.name] = described(key.schema(), key.description, "user");
  properties["providers"] = {{"type", "object"},
                             {"description", "Links by name: built-in ones to change, others to add"},
                             {"x-scope", "user"},
                             {"additionalProperties", std::move(link)}};
  properties["$schema"] = {{"type", "string"}, {"description", "This schema"}, {"x-scope", "project"}};
  return {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
          {"title", "autofix configuration"},
          {"type", "object"},
          {"additionalProperties", false},
          {"properties", std::move(properties)}};
}

}  // namespace autofix::config
