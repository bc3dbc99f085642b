#include "server/fix/statistics.h"

#include <algorithm>

namespace autofix::fix {
namespace {

/// The reply was there and could be read; what became of it is the engine's business.
bool is_answer(Outcome outcome) {
  return outcome == Outcome::ok || outcome == Outcome::edit_failed || outcome == Outcome::rejected_by_check ||
         outcome == Outcome::failed_verification;
}

/// A link that was never set up is no failover.
bool is_failure(Outcome outcome) {
  return outcome != Outcome::ok && outcome != Outcome::no_key && outcome != Outcome::skipped &&
         outcome != Outcome::cancelled;
}

providers::Milliseconds percentile(std::vector<providers::Milliseconds>& sorted, std::size_t percent) {
  return sorted[(sorted.size() * percent + 99) / 100 - 1];
}

bool fell_back(const LoggedFix& fix) {
  return std::ranges::any_of(fix.attempts, [&](const LoggedAttempt& attempt) {
    return attempt.link != fix.link && attempt.link != "cache" && is_failure(attempt.outcome);
  });
}

struct Collected {
  LinkStatistics statistics;
  std::vector<providers::Milliseconds> answers;
};

void add(Collected& link, const LoggedAttempt& attempt) {
  LinkStatistics& sum = link.statistics;
  ++sum.outcomes[std::string(name_of(attempt.outcome))];
  sum.usage.input_tokens += attempt.usage.input_tokens;
  sum.usage.output_tokens += attempt.usage.output_tokens;
  sum.usage.cost_usd += attempt.usage.cost_usd;
  if (!attempt.sent) return;
  ++sum.requests;
  if (!is_answer(attempt.outcome)) return;
  ++sum.answers;
  sum.total += attempt.elapsed;
  link.answers.push_back(attempt.elapsed);
}

}  // namespace

Statistics summarise(std::span<const LoggedFix> fixes) {
  Statistics all;
  std::map<std::string, Collected> links;
  for (const LoggedFix& fix : fixes) {
    ++all.runs;
    ++all.statuses[std::string(name_of(fix.status))];
    for (const LoggedAttempt& attempt : fix.attempts) {
      if (attempt.link != "cache") add(links[attempt.link], attempt);
    }
    const bool is_fix = fix.status == Status::verified || fix.status == Status::unverified;
    if (!is_fix) continue;
    ++all.fixes;
    if (fix.status == Status::verified) ++all.verified;
    if (fix.cached) {
      ++all.cache_hits;
      continue;
    }
    if (fell_back(fix)) ++all.fallbacks;
    ++links[fix.link].statistics.fixes;
  }
  for (auto& [name, link] : links) {
    link.statistics.link = name;
    std::ranges::sort(link.answers);
    if (!link.answers.empty()) {
      link.statistics.p50 = percentile(link.answers, 50);
      link.statistics.p95 = percentile(link.answers, 95);
    }
    all.links.push_back(std::move(link.statistics));
  }
  std::ranges::stable_sort(all.links, std::ranges::greater{}, &LinkStatistics::requests);
  return all;
}

}  // namespace autofix::fix
