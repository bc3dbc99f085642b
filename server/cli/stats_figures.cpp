#include "server/cli/stats_figures.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace autofix::cli {

using nlohmann::json;

std::optional<std::chrono::seconds> parse_span(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size() - 1, number);
  if (error != std::errc{} || end != text.data() + text.size() - 1 || number <= 0) return std::nullopt;
  switch (text.back()) {
    case 'd':
      return std::chrono::days(std::min(number, 36'500));
    case 'h':
      return std::chrono::hours(std::min(number, 876'000));
    case 'm':
      return std::chrono::minutes(number);
    case 's':
      return std::chrono::seconds(number);
    default:
      return std::nullopt;
  }
}

namespace {

json optional_ms(const std::optional<providers::Milliseconds>& time) {
  return time ? json(time->count()) : json(nullptr);
}

}  // namespace

json stats_json(const fix::Statistics& all, const std::string& since) {
  json links = json::array();
  for (const fix::LinkStatistics& link : all.links) {
    links.push_back({{"provider", link.link},
                     {"requests", link.requests},
                     {"answers", link.answers},
                     {"fixes", link.fixes},
                     {"outcomes", link.outcomes},
                     {"latencyMs", {{"p50", optional_ms(link.p50)}, {"p95", optional_ms(link.p95)}}},
                     {"usage",
                      {{"inputTokens", link.usage.input_tokens},
                       {"outputTokens", link.usage.output_tokens},
                       {"costUsd", link.usage.cost_usd}}}});
  }
  return {{"since", since},
          {"runs", all.runs},
          {"fixes", all.fixes},
          {"verified", all.verified},
          {"cacheHits", all.cache_hits},
          {"fallbacks", all.fallbacks},
          {"statuses", all.statuses},
          {"providers", std::move(links)}};
}

}  // namespace autofix::cli
