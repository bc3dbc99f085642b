// autofix stats: what the log of fixes adds up to, as a table, as JSON, or for Prometheus.
#include <algorithm>
#include <nlohmann/json.hpp>

#include "server/cli/exit_codes.h"
#include "server/cli/session.h"
#include "server/cli/stats_figures.h"
#include "server/config/logging.h"
#include "server/text/json.h"

namespace autofix::cli {
namespace {

constexpr std::size_t kBarWidth = 20;

std::string padded(std::string text, std::size_t width, bool right = true) {
  // Bars count by characters, not bytes.
  const auto shown = static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  const std::string blanks(shown < width ? width - shown : 0, ' ');
  return right ? blanks + text : text + blanks;
}

std::string bar(int part, int whole) {
  std::string text;
  if (whole <= 0) return text;
  const auto full = (kBarWidth * static_cast<std::size_t>(part) + static_cast<std::size_t>(whole) - 1) /
                    static_cast<std::size_t>(whole);
  for (std::size_t i = 0; i < full; ++i) text += "█";
  return text;
}

std::string milliseconds(const std::optional<providers::Milliseconds>& time) {
  return time ? std::to_string(time->count()) + " ms" : "–";
}

std::string share(int part, int whole) {
  return whole == 0 ? "–" : std::to_string((200 * part + whole) / (2 * whole)) + " %";
}

std::string dollars(double usd) {
  std::string text = std::to_string(usd);
  return "$" + text.substr(0, text.find('.') + 5);
}

std::string table_of(const fix::Statistics& all, const std::string& since) {
  std::string out = std::to_string(all.runs) + " runs in " + since + ": " + std::to_string(all.fixes) +
                    " fixes, " + share(all.verified, all.fixes) + " verified, " +
                    std::to_string(all.fallbacks) + " after a fallback, " + std::to_string(all.cache_hits) +
                    " from the cache\n";
  if (all.links.empty()) return out;
  out += "\n" + padded("link", 14, false) + padded("requests", 9) + "  " + padded("", kBarWidth, false) +
         padded("answers", 9) + padded("fixes", 7) + padded("p50", 10) + padded("p95", 10) +
         padded("tokens", 10) + padded("cost", 11) + "  not answered\n";
  int most = 0;
  for (const fix::LinkStatistics& link : all.links) most = std::max(most, link.requests);
  for (const fix::LinkStatistics& link : all.links) {
    std::string others;
    for (const auto& [outcome, count] : link.outcomes) {
      if (outcome == "ok") continue;
      others += (others.empty() ? "" : ", ") + outcome + " " + std::to_string(count);
    }
    out += padded(link.link, 14, false) + padded(std::to_string(link.requests), 9) + "  " +
           padded(bar(link.requests, most), kBarWidth, false) + padded(std::to_string(link.answers), 9) +
           padded(std::to_string(link.fixes), 7) + padded(milliseconds(link.p50), 10) +
           padded(milliseconds(link.p95), 10) +
           padded(std::to_string(link.usage.input_tokens + link.usage.output_tokens), 10) +
           padded(dollars(link.usage.cost_usd), 11) + "  " + others + "\n";
  }
  return out;
}

/// One family of the text exposition format.
class Family {
 public:
  Family(const char* name, const char* type, const char* help) : name_(name) {
    text_ = "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  void add(const std::string& labels, const std::string& value) {
    text_ += name_ + (labels.empty() ? "" : "{" + labels + "}") + " " + value + "\n";
  }
  const std::string& text() const { return text_; }

 private:
  std::string name_;
  std::string text_;
};

std::string label(const char* name, const std::string& value) {
  std::string text = std::string(name) + "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? ' ' : c;
  }
  return text + "\"";
}

std::string seconds(providers::Milliseconds time) {
  return std::to_string(static_cast<double>(time.count()) / 1000.0);
}

/// Gauges over the window: what leaves it makes them fall.
std::string prometheus_of(const fix::Statistics& all) {
  Family runs("autofix_runs", "gauge", "Runs in the window, by status.");
  for (const auto& [status, count] : all.statuses) runs.add(label("status", status), std::to_string(count));
  Family hits("autofix_cache_hits", "gauge", "Fixes from the cache in the window.");
  hits.add("", std::to_string(all.cache_hits));
  Family fallbacks("autofix_fallbacks", "gauge", "Fixes that another link had failed before.");
  fallbacks.add("", std::to_string(all.fallbacks));
  Family attempts("autofix_attempts", "gauge", "Requests and links passed over, by outcome.");
  Family latency("autofix_answer_seconds", "gauge", "Time to an answer, by quantile.");
  Family tokens("autofix_tokens", "gauge", "Tokens by direction.");
  Family cost("autofix_cost_usd", "gauge", "Cost in US dollars, by list prices.");
  for (const fix::LinkStatistics& link : all.links) {
    const std::string name = label("provider", link.link);
    for (const auto& [outcome, count] : link.outcomes) {
      attempts.add(name + "," + label("outcome", outcome), std::to_string(count));
    }
    if (link.p50) latency.add(name + ",quantile=\"0.5\"", seconds(*link.p50));
    if (link.p95) latency.add(name + ",quantile=\"0.95\"", seconds(*link.p95));
    tokens.add(name + ",direction=\"in\"", std::to_string(link.usage.input_tokens));
    tokens.add(name + ",direction=\"out\"", std::to_string(link.usage.output_tokens));
    cost.add(name, std::to_string(link.usage.cost_usd));
  }
  std::string out;
  for (const Family* family : {&runs, &hits, &fallbacks, &attempts, &latency, &tokens, &cost}) {
    out += family->text();
  }
  return out;
}

}  // namespace

int run_stats(const Surroundings& with, const StatsOptions& options) {
  const auto span = parse_span(options.since);
  if (!span) {
    return report({kUsage, "usage", "--since " + options.since + " is no span of time",
                   "Write it like 7d, 24h, 30m or 90s."});
  }
  if (options.json && options.prometheus) {
    return report({kUsage, "usage", "--json and --prometheus exclude each other", "Choose one."});
  }
  auto loaded = load_configuration(with, nullptr, false);
  if (!loaded) return report(loaded.error());
  const auto engine =
      with.make_engine(loaded->config, config::make_logger(loaded->config.log, with.environment, true));
  std::vector<fix::LoggedFix> fixes;
  if (engine->memory().log) fixes = engine->memory().log->since(std::chrono::system_clock::now() - *span);
  say_notices(*engine);
  const fix::Statistics all = fix::summarise(fixes);
  if (options.json) {
    write_out(text::dump_json(stats_json(all, options.since), 2) + "\n");
  } else if (options.prometheus) {
    write_out(prometheus_of(all));
  } else {
    write_out(table_of(all, options.since));
  }
  return kOk;
}

}  // namespace autofix::cli
