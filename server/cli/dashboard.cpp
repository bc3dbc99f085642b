// autofix dashboard [--port N]: `autofix stats` as a live page on loopback, until it is interrupted or its
// parent goes.
#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/cli/exit_codes.h"
#include "server/cli/session.h"
#include "server/cli/stats_figures.h"
#include "server/config/logging.h"
#include "server/dashboard/loopback_server.h"
#include "server/fix/credit.h"
#include "server/fix/link_json.h"
#include "server/fix/wall_time.h"
#include "server/text/json.h"

namespace autofix::cli {
namespace {

using nlohmann::json;

constexpr std::size_t kMostFallbacks = 10;

/// The latest first, as far as the log knows them: by the names that the chain has for its links.
json fallbacks_json(const std::vector<fix::LoggedFix>& fixes,
                    const std::vector<providers::LinkStatus>& links) {
  const auto name_of = [&](const std::string& link) {
    const auto known = std::ranges::find(links, link, &providers::LinkStatus::link);
    return known == links.end() ? link : known->display_name;
  };
  json all = json::array();
  for (auto logged = fixes.rbegin(); logged != fixes.rend() && all.size() < kMostFallbacks; ++logged) {
    fix::FixResult result;
    result.link = logged->link;
    for (const fix::LoggedAttempt& attempt : logged->attempts) {
      fix::Attempt made;
      made.link = attempt.link;
      made.outcome = attempt.outcome;
      result.attempts.push_back(std::move(made));
    }
    const fix::Attempt* from = result.link.empty() ? nullptr : fix::fallen_back_from(result);
    if (from == nullptr) continue;
    all.push_back({{"at", fix::rfc3339(logged->at)},
                   {"from", name_of(from->link)},
                   {"to", name_of(result.link)},
                   {"outcome", fix::name_of(from->outcome)}});
  }
  return all;
}

std::string figures(fix::FixEngine& engine, const std::string& since) {
  const auto span = parse_span(since);
  if (!span) return {};
  const auto now = std::chrono::system_clock::now();
  std::vector<fix::LoggedFix> fixes;
  if (engine.memory().log) fixes = engine.memory().log->since(now - *span);
  const std::vector<providers::LinkStatus> status = engine.chain().status();
  json links = json::array();
  for (const providers::LinkStatus& link : status) links.push_back(fix::link_json(link));
  json notices = json::array();
  if (!engine.memory().log)
    notices.push_back("There is no store, so only this process's own requests are known.");
  return text::dump_json({{"version", AUTOFIX_VERSION},
                          {"at", fix::rfc3339(now)},
                          {"stats", stats_json(fix::summarise(fixes), since)},
                          {"links", std::move(links)},
                          {"fallbacks", fallbacks_json(fixes, status)},
                          {"notices", std::move(notices)}},
                         -1);
}

/// Whoever started this with a pipe as its input, an editor, holds the other end for as long as it lives.
bool has_parent_pipe() {
  struct stat input {};
  return fstat(STDIN_FILENO, &input) == 0 && (S_ISFIFO(input.st_mode) || S_ISSOCK(input.st_mode));
}

void wait_for_end(const Interrupt& interrupt) {
  const std::stop_token stop = interrupt.token();
  const bool piped = has_parent_pipe();
  while (!stop.stop_requested()) {
    pollfd input{piped ? STDIN_FILENO : -1, POLLIN, 0};
    // Short: a signal reaches another thread, and nothing here depends on the time.
    if (poll(&input, 1, 100) <= 0) continue;
    char bytes[256];
    if (read(STDIN_FILENO, bytes, sizeof bytes) <= 0) return;
  }
}

}  // namespace

int run_dashboard(const Surroundings& with, const DashboardOptions& options) {
  const Interrupt interrupt;
  auto loaded = load_configuration(with, nullptr, false);
  if (!loaded) return report(loaded.error());
  const auto engine =
      with.make_engine(loaded->config, config::make_logger(loaded->config.log, with.environment, true));
  say_notices(*engine);
  const std::string token = dashboard::new_token();
  dashboard::LoopbackServer server(token, [&](const std::string& since) { return figures(*engine, since); });
  const auto port = server.listen(options.port);
  if (!port) {
    return report({kUsage, "port",
                   "port " + std::to_string(options.port) + " on 127.0.0.1 cannot be used: " + port.error(),
                   "Leave --port out, or choose another."});
  }
  if (!write_out("listening http://127.0.0.1:" + std::to_string(*port) + "/?token=" + token + "\n"))
    return kUsage;
  if (isatty(STDERR_FILENO) == 1) say("Open the address in a browser on this machine. Ctrl-C ends it.");
  wait_for_end(interrupt);
  return interrupt.exit_code();
}

}  // namespace autofix::cli
