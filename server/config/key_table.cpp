#include "server/config/key_table.h"

#include "server/config/key_kinds.h"

namespace autofix::config {
namespace {

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

}  // namespace

std::span<const Key> keys() {
  return kKeys;
}

}  // namespace autofix::config
