// The keys of one link.
#include "server/config/key_kinds.h"

namespace autofix::config {
namespace {

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
