#include "server/config/key_table.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace autofix::config {
namespace {

using nlohmann::json;

std::string expected(const std::string& what) {
  return what + " is expected";
}

// Each of these makes the three functions of one kind of key. `field` is a function that names the field.

template <auto field>
std::string take_boolean(const json& value, Config& config, ProjectMay) {
  if (!value.is_boolean()) return expected("true or false");
  field(config) = value.get<bool>();
  return {};
}

template <auto field>
json show(const Config& config) {
  return field(const_cast<Config&>(config));
}

json boolean_schema() {
  return {{"type", "boolean"}};
}

template <int least, int most>
json integer_schema() {
  return {{"type", "integer"}, {"minimum", least}, {"maximum", most}};
}

template <auto field, int least, int most>
std::string take_integer(const json& value, Config& config, ProjectMay how) {
  if (!value.is_number_integer() || value.get<double>() < least || value.get<double>() > most) {
    return expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  const int number = value.get<int>();
  if (how == ProjectMay::lower && number > field(config)) return "a project may only lower this";
  field(config) = number;
  return {};
}

json number_schema() {
  return {{"type", "number"}, {"minimum", 0}};
}

template <auto field>
std::string take_number(const json& value, Config& config, ProjectMay how) {
  if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < 0) {
    return expected("a number of at least 0");
  }
  const double number = value.get<double>();
  if (how == ProjectMay::lower && number > field(config)) return "a project may only lower this";
  field(config) = number;
  return {};
}

json string_schema() {
  return {{"type", "string"}};
}

template <auto field>
std::string take_string(const json& value, Config& config, ProjectMay) {
  if (!value.is_string()) return expected("a string");
  field(config) = value.get<std::string>();
  return {};
}

json list_schema() {
  return {{"type", "array"}, {"items", {{"type", "string"}}}};
}

template <auto field>
std::string take_list(const json& value, Config& config, ProjectMay how) {
  if (!value.is_array()) return expected("an array of strings");
  std::vector<std::string> list;
  for (const json& item : value) {
    if (!item.is_string()) return expected("an array of strings");
    list.push_back(item.get<std::string>());
  }
  std::vector<std::string>& target = field(config);
  if (how == ProjectMay::add) {
    target.insert(target.end(), list.begin(), list.end());
    return {};
  }
  const bool takes_all = std::ranges::find(target, "*") != target.end();
  std::string left_out;
  if (how == ProjectMay::narrow && !takes_all) {
    if (std::ranges::find(list, "*") != list.end()) return {};  // all that the user allows
    // What both want: a project that asks for less gets less, also when it names something more.
    std::erase_if(list, [&](const std::string& item) {
      const bool is_new = std::ranges::find(target, item) == target.end();
      if (is_new) left_out += (left_out.empty() ? "" : ", ") + item;
      return is_new;
    });
  }
  target = std::move(list);
  return left_out.empty() ? std::string() : "a project may only narrow this: left out " + left_out;
}

template <const auto& names>
json choice_schema() {
  json list = json::array();
  for (const char* name : names) list.push_back(name);
  return {{"enum", std::move(list)}};
}

template <const auto& names>
int choice_of(const json& value) {
  if (!value.is_string()) return -1;
  for (std::size_t at = 0; at < names.size(); ++at) {
    if (value == names[at]) return static_cast<int>(at);
  }
  return -1;
}

template <const auto& names>
std::string wrong_choice() {
  std::string list;
  for (const char* name : names) list += (list.empty() ? "" : ", ") + std::string(name);
  return expected("one of " + list);
}

template <const auto& names, auto field>
std::string take_choice(const json& value, Config& config, ProjectMay how) {
  const int wanted = choice_of<names>(value);
  if (wanted < 0) return wrong_choice<names>();
  const int now = choice_of<names>(field(config));
  if (how == ProjectMay::stricter && wanted < now) return "a project may only make this stricter";
  field(config) = names[static_cast<std::size_t>(wanted)];
  return {};
}

constexpr std::array kRoutings = {"ordered", "fastest", "cheapest", "roomiest"};
constexpr std::array kModes = {"off", "auto", "required"};
constexpr std::array kSandboxes = {"auto", "isolated", "copy"};
constexpr std::array kSeverities = {"error", "warning", "information", "hint"};
constexpr std::array kLevels = {"trace", "debug", "info", "warn", "error", "off"};
constexpr std::array kDeliveries = {"command", "resolve"};
constexpr std::array kReplies = {"finished", "started"};

std::string take_mode(const json& value, Config& config, ProjectMay how) {
  using Mode = Config::Verify::Mode;
  constexpr std::array kOrder = {Mode::off, Mode::automatic, Mode::required};
  const int wanted = choice_of<kModes>(value);
  if (wanted < 0) return wrong_choice<kModes>();
  const auto now = std::ranges::find(kOrder, config.verify.mode) - kOrder.begin();
  if (how == ProjectMay::stricter && wanted < now) return "a project may only make this stricter";
  config.verify.mode = kOrder[static_cast<std::size_t>(wanted)];
  return {};
}

json show_mode(const Config& config) {
  switch (config.verify.mode) {
    case Config::Verify::Mode::off:
      return "off";
    case Config::Verify::Mode::automatic:
      return "auto";
    case Config::Verify::Mode::required:
      return "required";
  }
  return "auto";
}

std::string take_severity(const json& value, Config& config, ProjectMay) {
  const int wanted = choice_of<kSeverities>(value);
  if (wanted < 0) return wrong_choice<kSeverities>();
  config.actions.min_severity = static_cast<problems::Severity>(wanted + 1);
  return {};
}

json show_severity(const Config& config) {
  return kSeverities[static_cast<std::size_t>(config.actions.min_severity) - 1];
}

std::string take_verify_timeout(const json& value, Config& config, ProjectMay) {
  if (!value.is_number_integer() || value.get<double>() < 100 || value.get<double>() > 3.6e6) {
    return expected("milliseconds from 100 to 3600000");
  }
  config.verify.timeout = std::chrono::milliseconds(value.get<std::int64_t>());
  return {};
}

std::string take_timeout(const json& value, Config& config, ProjectMay how) {
  if (!value.is_number_integer() || value.get<double>() < 1 || value.get<double>() > 86400) {
    return expected("seconds from 1 to 86400");
  }
  const std::chrono::seconds seconds(value.get<std::int64_t>());
  if (how == ProjectMay::lower && seconds > config.timeout) return "a project may only lower this";
  config.timeout = seconds;
  return {};
}

/// Notes are read from inside the project, wherever they were named.
std::string take_notes(const json& value, Config& config, ProjectMay how) {
  std::vector<std::string> before = config.context.notes;
  std::string error = take_list < [](Config & c) -> auto& {
    return c.context.notes;
  }
  > (value, config, how);
  for (const std::string& path : config.context.notes) {
    const std::filesystem::path parts = path;
    if (parts.is_absolute() || std::ranges::find(parts, "..") != parts.end())
      error = "a path inside the project is expected";
  }
  if (!error.empty()) config.context.notes = std::move(before);
  return error;
}

/// A password in it is nobody's business; the name of a variable is.
json show_store_url(const Config& config) {
  std::string url = config.store.url;
  const std::size_t begin = url.find("://");
  const std::size_t at = url.rfind('@');
  if (begin == std::string::npos || at == std::string::npos) return url;
  const std::size_t colon = url.find(':', begin + 3);
  if (colon == std::string::npos || colon > at || url.compare(colon + 1, 4, "env:") == 0) return url;
  return url.replace(colon + 1, at - colon - 1, "***");
}

#define FIELD(member)       \
  [](Config & c) -> auto& { \
    return c.member;        \
  }

constexpr Key kKeys[] = {
    {"chain", ProjectMay::narrow,
     "Links in the order in which they are asked; links without a key are skipped", list_schema,
     take_list<FIELD(chain)>, show<FIELD(chain)>},
    {"routing", ProjectMay::nothing, "How the next link is chosen", choice_schema<kRoutings>,
     take_choice<kRoutings, FIELD(routing)>, show<FIELD(routing)>},
    {"hedge.enabled", ProjectMay::nothing, "Ask a second link when the first is slow", boolean_schema,
     take_boolean<FIELD(hedge.enabled)>, show<FIELD(hedge.enabled)>},
    {"retry.max", ProjectMay::lower, "Repeats on one link for failures that a repeat can cure",
     integer_schema<0, 5>, take_integer<FIELD(retry.max), 0, 5>, show<FIELD(retry.max)>},
    {"budget.usdPerDay", ProjectMay::lower, "What a day may cost, in US dollars", number_schema,
     take_number<FIELD(budget.usd_per_day)>, show<FIELD(budget.usd_per_day)>},
    {"cache.enabled", ProjectMay::nothing, "Try earlier fixes of the same problem first", boolean_schema,
     take_boolean<FIELD(cache.enabled)>, show<FIELD(cache.enabled)>},
    {"cache.ttlDays", ProjectMay::nothing, "How long earlier fixes are kept", integer_schema<0, 3650>,
     take_integer<FIELD(cache.ttl_days), 0, 3650>, show<FIELD(cache.ttl_days)>},
    {"cache.shared", ProjectMay::nothing, "Keep earlier fixes, which hold source text, in Redis, too",
     boolean_schema, take_boolean<FIELD(cache.shared)>, show<FIELD(cache.shared)>},
    {"store.url", ProjectMay::nothing, "Where state is shared: sqlite: or redis://host:port/db",
     string_schema, take_string<FIELD(store.url)>, show_store_url},
    {"verify.mode", ProjectMay::stricter, "Whether a fix has to be proven", choice_schema<kModes>, take_mode,
     show_mode},
    {"verify.commands", ProjectMay::set, "Commands that prove a fix (from a project only when it is trusted)",
     list_schema, take_list<FIELD(verify.commands)>, show<FIELD(verify.commands)>},
    {"verify.timeoutMs", ProjectMay::nothing, "How long one of them may take", integer_schema<100, 3600000>,
     take_verify_timeout, [](const Config& c) -> json { return c.verify.timeout.count(); }},
    {"verify.sandbox", ProjectMay::nothing, "How they are kept away from the rest of the machine",
     choice_schema<kSandboxes>, take_choice<kSandboxes, FIELD(verify.sandbox)>, show<FIELD(verify.sandbox)>},
    {"context.maxTokens", ProjectMay::nothing, "The most that a prompt takes", integer_schema<500, 1000000>,
     take_integer<FIELD(context.max_tokens), 500, 1'000'000>, show<FIELD(context.max_tokens)>},
    {"context.exclude", ProjectMay::add, "Globs of files that are never sent", list_schema,
     take_list<FIELD(context.exclude)>, show<FIELD(context.exclude)>},
    {"context.notes", ProjectMay::set, "Files of the project that every prompt carries", list_schema,
     take_notes, show<FIELD(context.notes)>},
    {"tests.reports", ProjectMay::set, "Globs of test reports", list_schema, take_list<FIELD(tests.reports)>,
     show<FIELD(tests.reports)>},
    {"tests.publish", ProjectMay::set, "Show failing tests as diagnostics", boolean_schema,
     take_boolean<FIELD(tests.publish)>, show<FIELD(tests.publish)>},
    {"actions.minSeverity", ProjectMay::set, "The least severity that gets an action",
     choice_schema<kSeverities>, take_severity, show_severity},
    {"actions.preview", ProjectMay::set, "Let the editor show every fix before it is applied, where it can",
     boolean_schema, take_boolean<FIELD(actions.preview)>, show<FIELD(actions.preview)>},
    {"privacy.redact", ProjectMay::nothing, "Replace what looks like a secret in prompts", boolean_schema,
     take_boolean<FIELD(privacy.redact)>, show<FIELD(privacy.redact)>},
    {"privacy.allowProviders", ProjectMay::narrow, "Globs of links that may be asked", list_schema,
     take_list<FIELD(privacy.allow_providers)>, show<FIELD(privacy.allow_providers)>},
    {"log.level", ProjectMay::nothing, "The least level that is logged", choice_schema<kLevels>,
     take_choice<kLevels, FIELD(log.level)>, show<FIELD(log.level)>},
    {"log.file", ProjectMay::nothing, "Where the log goes instead of the state folder", string_schema,
     take_string<FIELD(log.file)>, show<FIELD(log.file)>},
    {"timeout", ProjectMay::lower, "Seconds for one fix, all links together", integer_schema<1, 86400>,
     take_timeout, [](const Config& c) -> json { return c.timeout.count(); }},
    {"fixDelivery", ProjectMay::set, "resolve: the edit comes from codeAction/resolve",
     choice_schema<kDeliveries>, take_choice<kDeliveries, FIELD(fix_delivery)>, show<FIELD(fix_delivery)>},
    {"commandReply", ProjectMay::set, "started: autofix.fix answers at once", choice_schema<kReplies>,
     take_choice<kReplies, FIELD(command_reply)>, show<FIELD(command_reply)>},
    {"workspaceTrusted", ProjectMay::set,
     "false: the editor does not trust the folder, so nothing of it is run or believed", boolean_schema,
     take_boolean<FIELD(workspace_trusted)>, show<FIELD(workspace_trusted)>},
};

#undef FIELD

// Links
// --------------------------------------------------------------------------------------------------------

using providers::DialectKind;
using providers::LinkConfig;
using providers::ReplyFormat;

constexpr std::array kDialects = {"gemini", "openai", "anthropic"};
constexpr std::array kFormats = {"blocks", "json"};

std::string take_dialect(const json& value, LinkConfig& link) {
  constexpr std::array kKinds = {DialectKind::gemini, DialectKind::openai, DialectKind::anthropic};
  const int wanted = choice_of<kDialects>(value);
  if (wanted < 0) return wrong_choice<kDialects>();
  link.dialect = kKinds[static_cast<std::size_t>(wanted)];
  return {};
}

json show_dialect(const LinkConfig& link) {
  switch (link.dialect) {
    case DialectKind::gemini:
      return "gemini";
    case DialectKind::openai:
      return "openai";
    case DialectKind::anthropic:
      return "anthropic";
    case DialectKind::none:
      break;
  }
  return nullptr;
}

std::string take_base_url(const json& value, LinkConfig& link) {
  if (!value.is_string()) return expected("a string");
  if (!is_safe_base_url(value.get<std::string>())) {
    return "https is expected (http only to this machine), without a user or a password";
  }
  link.base_url = value.get<std::string>();
  while (link.base_url.ends_with('/')) link.base_url.pop_back();
  return {};
}

std::string take_model(const json& value, LinkConfig& link) {
  if (!value.is_string() || value.get<std::string>().empty()) return expected("a model's name");
  std::string model = value.get<std::string>();
  std::erase(link.models, model);
  link.models.insert(link.models.begin(), std::move(model));
  return {};
}

std::string take_fallback_models(const json& value, LinkConfig& link) {
  if (!value.is_array()) return expected("an array of strings");
  std::vector<std::string> models;
  if (!link.models.empty()) models.push_back(link.models.front());
  for (const json& item : value) {
    if (!item.is_string()) return expected("an array of strings");
    if (std::ranges::find(models, item.get<std::string>()) == models.end())
      models.push_back(item.get<std::string>());
  }
  link.models = std::move(models);
  return {};
}

std::string take_reply_format(const json& value, LinkConfig& link) {
  const int wanted = choice_of<kFormats>(value);
  if (wanted < 0) return wrong_choice<kFormats>();
  link.reply_format = wanted == 0 ? ReplyFormat::blocks : ReplyFormat::json;
  return {};
}

std::string take_whole(const json& value, int least, int most, int& target) {
  if (!value.is_number_integer() || value.get<double>() < least || value.get<double>() > most) {
    return expected("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  target = value.get<int>();
  return {};
}

std::string take_price(const json& value, double& target) {
  if (!value.is_number() || !std::isfinite(value.get<double>()) || value.get<double>() < 0) {
    return expected("a number of at least 0");
  }
  target = value.get<double>();
  return {};
}

std::string take_temperature(const json& value, LinkConfig& link) {
  double number = 0;
  if (std::string error = take_price(value, number); !error.empty()) return error;
  if (number > 2) return expected("a number from 0 to 2");
  link.temperature = number;
  return {};
}

std::string take_stream(const json& value, LinkConfig& link) {
  if (!value.is_boolean()) return expected("true or false");
  link.stream = value.get<bool>();
  return {};
}

std::string take_timeouts(const json& value, LinkConfig& link) {
  if (!value.is_object()) return expected("an object");
  for (const auto& [name, time] : value.items()) {
    int milliseconds = 0;
    if (std::string error = take_whole(time, 1, 3'600'000, milliseconds); !error.empty())
      return name + ": " + error;
    const providers::Milliseconds duration(milliseconds);
    if (name == "connectMs") {
      link.timeouts.connect = duration;
    } else if (name == "firstByteMs") {
      link.timeouts.first_byte = duration;
    } else if (name == "idleMs") {
      link.timeouts.idle = duration;
    } else if (name == "totalMs") {
      link.timeouts.total = duration;
    } else {
      return "unknown key " + name;
    }
  }
  return {};
}

json timeouts_schema() {
  json properties = json::object();
  for (const char* name : {"connectMs", "firstByteMs", "idleMs", "totalMs"})
    properties[name] = integer_schema<1, 3600000>();
  return {{"type", "object"}, {"properties", std::move(properties)}, {"additionalProperties", false}};
}

/// The values of keys are never shown: where they came from is.
json show_keys(const LinkConfig& link) {
  json origins = json::array();
  for (const providers::Credential& key : link.credentials) origins.push_back(key.origin);
  return origins;
}

constexpr LinkKey kLinkKeys[] = {
    {"dialect", "The wire format", choice_schema<kDialects>, take_dialect, show_dialect},
    {"baseUrl", "Where requests go: https, or http to this machine", string_schema, take_base_url,
     [](const LinkConfig& link) -> json { return link.base_url; }},
    {"model", "The model that is asked first", string_schema, take_model,
     [](const LinkConfig& link) -> json {
       return link.models.empty() ? json(nullptr) : json(link.models.front());
     }},
    {"fallbackModels", "Models to ask when the first is gone", list_schema, take_fallback_models,
     [](const LinkConfig& link) -> json {
       json rest = json::array();
       for (std::size_t at = 1; at < link.models.size(); ++at) rest.push_back(link.models[at]);
       return rest;
     }},
    // Taken by load.cpp, which knows the environment.
    {"keys", "Where its keys are: env:NAME, in the order of use", list_schema, nullptr, show_keys},
    {"replyFormat", "How the model is to answer", choice_schema<kFormats>, take_reply_format,
     [](const LinkConfig& link) -> json {
       return link.reply_format == ReplyFormat::json ? "json" : "blocks";
     }},
    {"stream", "Ask for the reply in pieces, so that a silent server is noticed early", boolean_schema,
     take_stream, [](const LinkConfig& link) -> json { return link.stream; }},
    {"maxOutputTokens", "The most that a reply takes", integer_schema<64, 1000000>,
     [](const json& value, LinkConfig& link) {
       return take_whole(value, 64, 1'000'000, link.max_output_tokens);
     },
     [](const LinkConfig& link) -> json { return link.max_output_tokens; }},
    {"temperature", "Sampling; left to the provider when not set", number_schema, take_temperature,
     [](const LinkConfig& link) -> json {
       return link.temperature ? json(*link.temperature) : json(nullptr);
     }},
    {"pool", "Name of the quota that all its keys share", string_schema,
     [](const json& value, LinkConfig& link) {
       if (!value.is_string()) return expected("a string");
       link.pool = value.get<std::string>();
       return std::string();
     },
     [](const LinkConfig& link) -> json { return link.pool; }},
    {"timeouts", "Limits in milliseconds", timeouts_schema, take_timeouts,
     [](const LinkConfig& link) -> json {
       return {{"connectMs", link.timeouts.connect.count()},
               {"firstByteMs", link.timeouts.first_byte.count()},
               {"idleMs", link.timeouts.idle.count()},
               {"totalMs", link.timeouts.total.count()}};
     }},
    {"contextWindow", "Tokens that the model takes, in and out together", integer_schema<1000, 10000000>,
     [](const json& value, LinkConfig& link) {
       return take_whole(value, 1'000, 10'000'000, link.context_window);
     },
     [](const LinkConfig& link) -> json { return link.context_window; }},
    {"tokensPerMinute", "Known limit of the account", integer_schema<1000, 100000000>,
     [](const json& value, LinkConfig& link) {
       int tokens = 0;
       std::string error = take_whole(value, 1'000, 100'000'000, tokens);
       if (error.empty()) link.tokens_per_minute = tokens;
       return error;
     },
     [](const LinkConfig& link) -> json {
       return link.tokens_per_minute ? json(*link.tokens_per_minute) : json(nullptr);
     }},
    {"usdPerMillionInput", "Price, for budgets", number_schema,
     [](const json& value, LinkConfig& link) { return take_price(value, link.usd_per_million_input); },
     [](const LinkConfig& link) -> json { return link.usd_per_million_input; }},
    {"usdPerMillionOutput", "Price, for budgets", number_schema,
     [](const json& value, LinkConfig& link) { return take_price(value, link.usd_per_million_output); },
     [](const LinkConfig& link) -> json { return link.usd_per_million_output; }},
};

}  // namespace

std::span<const Key> keys() {
  return kKeys;
}
std::span<const LinkKey> link_keys() {
  return kLinkKeys;
}

bool is_safe_base_url(std::string_view url) {
  const bool tls = url.starts_with("https://");
  if (!tls && !url.starts_with("http://")) return false;
  url.remove_prefix(tls ? 8 : 7);
  if (url.find_first_of(" \t\r\n?#@") != std::string_view::npos) return false;
  std::string_view host = url.substr(0, url.find('/'));
  if (host.starts_with("[::1]")) host = "::1";
  host = host == "::1" ? host : host.substr(0, host.find(':'));
  if (host.empty()) return false;
  const bool loopback =
      host == "localhost" || host == "::1" ||
      (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos);
  return tls || loopback;
}

}  // namespace autofix::config
