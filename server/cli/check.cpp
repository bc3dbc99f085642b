// autofix check [LINK…]: asks every link for its models, which costs nothing.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/cli/exit_codes.h"
#include "server/cli/session.h"
#include "server/config/logging.h"
#include "server/fix/wall_time.h"
#include "server/text/json.h"

namespace autofix::cli {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

json to_json(const providers::LinkCheck& check) {
  const providers::LinkStatus& status = check.status;
  return {{"provider", status.link},
          {"state", check.error ? std::string(providers::name_of(check.error->kind)) : status.state},
          {"model", status.model.empty() ? json(nullptr) : json(status.model)},
          {"keys", status.key_origins},
          {"refusedKeys", check.refused_keys},
          {"reachable", check.reachable},
          {"modelListed", check.model_listed ? json(*check.model_listed) : json(nullptr)},
          {"latencyMs", check.latency.count()},
          {"requestsRemaining", status.requests_remaining ? json(*status.requests_remaining) : json(nullptr)},
          {"tokensRemaining", status.tokens_remaining ? json(*status.tokens_remaining) : json(nullptr)},
          {"resetsAt", status.resets_at ? json(fix::rfc3339(*status.resets_at)) : json(nullptr)},
          {"retryAt", status.retry_at ? json(fix::rfc3339(*status.retry_at)) : json(nullptr)},
          {"message", check.error              ? json(check.error->message)
                      : status.message.empty() ? json(nullptr)
                                               : json(status.message)}};
}

std::string quota_of(const providers::LinkStatus& status, providers::WallTime now) {
  std::string text;
  const auto add = [&](const std::optional<std::int64_t>& left, const char* what) {
    if (left) text += ", " + std::to_string(*left) + " " + what + " left";
  };
  add(status.requests_remaining, "requests");
  add(status.tokens_remaining, "tokens");
  if (!text.empty() && status.resets_at) text += " (anew " + fix::from_now(*status.resets_at, now) + ")";
  return text;
}

/// One line: what is wrong or that it works, then what is known of it.
std::string line_of(const providers::LinkCheck& check, providers::WallTime now) {
  const providers::LinkStatus& status = check.status;
  std::string line = status.link + ": ";
  const bool blocked = !check.error && status.state != "ready";
  if (check.error) {
    line += std::string(providers::name_of(check.error->kind)) + ": " + check.error->message;
  } else if (blocked) {
    line += status.state + ": " + status.message;
    if (status.retry_at) line += " (again " + fix::from_now(*status.retry_at, now) + ")";
  } else {
    line += "ok";
  }
  if (!check.error || check.reachable) {
    if (!status.model.empty()) line += ", model " + status.model;
    if (check.model_listed == false) line += " (not in the provider's list)";
    if (check.latency.count() > 0) line += ", " + std::to_string(check.latency.count()) + " ms";
  }
  line += quota_of(status, now);
  for (const std::string& origin : status.key_origins) {
    const bool refused = std::ranges::find(check.refused_keys, origin) != check.refused_keys.end();
    line += ", " + std::string(refused ? "refused " : "") + "key from " + origin;
  }
  return line;
}

}  // namespace

int run_check(const Surroundings& with, const CheckOptions& options) {
  const Interrupt interrupt;
  auto loaded = load_configuration(with, nullptr, false);
  if (!loaded) return report(loaded.error());
  if (auto chosen = choose_links(loaded->config, options.links); !chosen) return report(chosen.error());
  const auto log = config::make_logger(loaded->config.log, with.environment, true);
  const auto engine = with.make_engine(loaded->config, log);

  json all = json::array();
  bool usable = false;
  for (const std::string& link : loaded->config.chain) {
    if (interrupt.token().stop_requested()) return interrupt.exit_code();
    const providers::LinkCheck check =
        engine->chain().check(link, interrupt.token(), std::chrono::steady_clock::now() + 15s);
    usable = usable || (!check.error && check.reachable && check.status.state == "ready");
    all.push_back(to_json(check));
    if (!options.json) write_out(line_of(check, std::chrono::system_clock::now()) + "\n");
  }
  say_notices(*engine);
  if (options.json) write_out(text::dump_json(all, 2) + "\n");
  if (usable) return kOk;
  return report({kNoFix, "no_link", "no link can be used",
                 "Set GOOGLE_API_KEY or GROQ_API_KEY in the environment or in " +
                     (with.environment.config_folder() / ".env").string() + "."});
}

}  // namespace autofix::cli
