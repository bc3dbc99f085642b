#include "providers/quota_ledger.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "providers/calendar.h"
#include "providers/wire_time.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr int kLeastOutput = 1'024;
/// No window that we know of is longer; a later end comes from a clock that was set back.
constexpr auto kLongestWindow = 32 * 24h;

std::optional<int> count(const HttpHeaders& headers, const std::string& name) {
  const std::string_view text = header_value(headers, name);
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0) return {};
  return static_cast<int>(std::min<long long>(value, std::numeric_limits<int>::max() / 4));
}

/// A Go duration (Groq, OpenAI) or a date (Anthropic).
std::optional<WallTime> reset(const HttpHeaders& headers, const std::string& name, WallTime now) {
  const std::string_view text = header_value(headers, name);
  if (const auto delay = parse_duration(text)) return now + std::min(*delay, Milliseconds{86'400'000});
  if (const auto date = parse_rfc3339(text)) {
    return std::clamp(*date, now, now + std::chrono::hours{24});
  }
  return {};
}

bool counts_tokens(const QuotaLimit& limit) {
  return limit.name.starts_with("tokens");
}

std::int64_t held(const PoolRecord& pool, const QuotaLimit& limit) {
  std::int64_t sum = 0;
  for (const Lease& lease : pool.leases) sum += counts_tokens(limit) ? lease.tokens : 1;
  return sum;
}

std::int64_t left_of(const PoolRecord& pool, const QuotaLimit& limit) {
  return std::max<std::int64_t>(0, limit.limit - limit.used - held(pool, limit));
}

/// Where no response has told, a minute: it is the shortest window that providers have, so nobody waits for
/// nothing.
WallTime end_of_window(const QuotaLimit& limit, WallTime now) {
  return limit.name.ends_with("/day") ? next_midnight_los_angeles(now) : now + 60s;
}

/// Leases and windows that have ended.
void roll(PoolRecord& pool, WallTime now) {
  std::erase_if(pool.leases, [&](const Lease& lease) {
    if (lease.until > now) return false;
    for (QuotaLimit& limit : pool.limits) limit.used += counts_tokens(limit) ? lease.tokens : 1;
    return true;
  });
  for (QuotaLimit& limit : pool.limits) {
    if (limit.until == WallTime{} || (limit.until > now && limit.until < now + kLongestWindow)) continue;
    limit.used = 0;
    limit.until = {};
  }
}

PoolRecord rolled(PoolRecord pool, WallTime now) {
  roll(pool, now);
  return pool;
}

QuotaLimit& limit_named(PoolRecord& pool, const std::string& name) {
  const auto known = std::ranges::find(pool.limits, name, &QuotaLimit::name);
  if (known != pool.limits.end()) return *known;
  pool.limits.push_back({name, 0, 0, {}});
  return pool.limits.back();
}

/// What one response says of one limit.
struct Reading {
  const char* name;
  std::optional<int> limit;
  std::optional<int> remaining;
  std::optional<WallTime> reset;
};

void take_in(PoolRecord& pool, const Reading& reading, std::int64_t taken, bool undisturbed, WallTime now) {
  if (!reading.limit || *reading.limit <= 0) return;
  const bool is_new = std::ranges::find(pool.limits, reading.name, &QuotaLimit::name) == pool.limits.end();
  QuotaLimit& limit = limit_named(pool, reading.name);
  if (is_new) limit.used = taken;
  limit.limit = *reading.limit;
  if (!reading.remaining) return;
  const std::int64_t counted = std::max<std::int64_t>(0, limit.limit - *reading.remaining);
  if (undisturbed) {
    limit.used = counted;
    limit.until = {};
  } else {
    limit.used = std::max(limit.used, counted - held(pool, limit));
  }
  if (limit.until == WallTime{}) limit.until = reading.reset.value_or(now + 60s);
}

ErrorKind kind_of(const QuotaLimit& limit) {
  const bool of_a_minute = counts_tokens(limit) || limit.name.ends_with("/minute");
  return of_a_minute && !limit.name.ends_with("/day") ? ErrorKind::rate_limited : ErrorKind::quota_exhausted;
}

std::string window_of(std::string_view id) {
  return id.find("PerDay") != std::string_view::npos ? "/day" : "/minute";
}

}  // namespace

QuotaSnapshot read_quota_headers(const HttpHeaders& headers, WallTime now) {
  QuotaSnapshot snapshot;
  const std::string groq = "x-ratelimit-";
  const std::string anthropic = "anthropic-ratelimit-";
  const auto either = [&](const std::string& a, const std::string& b) {
    const auto first = count(headers, a);
    return first ? first : count(headers, b);
  };
  const auto either_reset = [&](const std::string& a, const std::string& b) {
    const auto first = reset(headers, a, now);
    return first ? first : reset(headers, b, now);
  };
  snapshot.requests_limit = either(groq + "limit-requests", anthropic + "requests-limit");
  snapshot.requests_remaining = either(groq + "remaining-requests", anthropic + "requests-remaining");
  snapshot.requests_reset = either_reset(groq + "reset-requests", anthropic + "requests-reset");
  snapshot.tokens_limit = either(groq + "limit-tokens", anthropic + "tokens-limit");
  snapshot.tokens_remaining = either(groq + "remaining-tokens", anthropic + "tokens-remaining");
  snapshot.tokens_reset = either_reset(groq + "reset-tokens", anthropic + "tokens-reset");
  return snapshot;
}

std::optional<ProviderError> shortage(const PoolRecord& pool, std::int64_t tokens, WallTime now) {
  const PoolRecord current = rolled(pool, now);
  std::optional<ProviderError> worst;
  for (const QuotaLimit& limit : current.limits) {
    const std::int64_t left = left_of(current, limit);
    if ((counts_tokens(limit) ? tokens : 1) <= left) continue;
    const WallTime until = limit.until == WallTime{} ? end_of_window(limit, now) : limit.until;
    if (worst && worst->retry_at >= until) continue;
    ProviderError error;
    error.kind = kind_of(limit);
    error.scope = Scope::pool;
    error.retry_at = until;
    error.message =
        counts_tokens(limit)
            ? std::to_string(left) + " of " + std::to_string(limit.limit) +
                  " tokens are left, the request takes up to " + std::to_string(tokens)
            : "no request is left of " + std::to_string(limit.limit) + " by the provider's own count";
    worst = std::move(error);
  }
  return worst;
}

void take(PoolRecord& pool, Lease lease, WallTime now) {
  roll(pool, now);
  for (QuotaLimit& limit : pool.limits) {
    if (limit.until == WallTime{}) limit.until = end_of_window(limit, now);
  }
  lease.sequence = ++pool.sequence;
  pool.leases.push_back(std::move(lease));
}

void settle(PoolRecord& pool, const std::string& lease_id, std::int64_t tokens, const QuotaSnapshot& seen,
            WallTime now) {
  roll(pool, now);
  const auto lease = std::ranges::find(pool.leases, lease_id, &Lease::id);
  bool undisturbed = false;
  if (lease != pool.leases.end()) {
    undisturbed = lease->sequence == pool.sequence && pool.leases.size() == 1;
    pool.leases.erase(lease);
    for (QuotaLimit& limit : pool.limits) limit.used += counts_tokens(limit) ? tokens : 1;
  }
  ++pool.sequence;
  take_in(pool, {"requests", seen.requests_limit, seen.requests_remaining, seen.requests_reset}, 1,
          undisturbed, now);
  take_in(pool, {"tokens", seen.tokens_limit, seen.tokens_remaining, seen.tokens_reset}, tokens, undisturbed,
          now);
}

void give_back(PoolRecord& pool, const std::string& lease_id) {
  std::erase_if(pool.leases, [&](const Lease& lease) { return lease.id == lease_id; });
  ++pool.sequence;
}

void learn(PoolRecord& pool, std::span<const QuotaViolation> violations, WallTime until, WallTime now) {
  roll(pool, now);
  for (const QuotaViolation& violation : violations) {
    if (!violation.limit || *violation.limit <= 0) continue;
    const bool tokens = violation.id.find("Token") != std::string::npos;
    QuotaLimit& limit = limit_named(pool, (tokens ? "tokens" : "requests") + window_of(violation.id));
    limit.limit = *violation.limit;
    limit.used = std::max(limit.used, limit.limit);
    limit.until = until;
  }
}

void unlearn(PoolRecord& pool) {
  std::erase_if(pool.limits,
                [](const QuotaLimit& limit) { return limit.name.find('/') != std::string::npos; });
}

void learn_token_limit(PoolRecord& pool, std::int64_t limit, WallTime now) {
  QuotaLimit& known = limit_named(pool, "tokens");
  known.limit = limit;
  if (known.until == WallTime{}) known.until = now + 60s;
}

std::optional<std::int64_t> tokens_left(const PoolRecord& pool, WallTime now) {
  const PoolRecord current = rolled(pool, now);
  std::optional<std::int64_t> least;
  for (const QuotaLimit& limit : current.limits) {
    if (counts_tokens(limit))
      least = std::min(least.value_or(left_of(current, limit)), left_of(current, limit));
  }
  return least;
}

std::optional<std::int64_t> requests_left(const PoolRecord& pool, WallTime now) {
  const PoolRecord current = rolled(pool, now);
  std::optional<std::int64_t> least;
  for (const QuotaLimit& limit : current.limits) {
    if (!counts_tokens(limit))
      least = std::min(least.value_or(left_of(current, limit)), left_of(current, limit));
  }
  return least;
}

std::optional<std::int64_t> tokens_per_minute(const PoolRecord& pool) {
  std::optional<std::int64_t> least;
  for (const QuotaLimit& limit : pool.limits) {
    if (limit.name == "tokens" || limit.name == "tokens/minute") {
      least = std::min(least.value_or(limit.limit), limit.limit);
    }
  }
  return least;
}

namespace {

struct Fullness {
  double room = 1.0;
  std::optional<WallTime> until;
};

std::optional<Fullness> fullest(const PoolRecord& pool, WallTime now) {
  const PoolRecord current = rolled(pool, now);
  std::optional<Fullness> found;
  for (const QuotaLimit& limit : current.limits) {
    if (limit.limit <= 0) continue;
    const double share = static_cast<double>(left_of(current, limit)) / static_cast<double>(limit.limit);
    if (found && found->room <= share) continue;
    found = Fullness{share, limit.until == WallTime{} ? std::nullopt : std::optional(limit.until)};
  }
  return found;
}

}  // namespace

std::optional<WallTime> next_reset(const PoolRecord& pool, WallTime now) {
  const auto found = fullest(pool, now);
  return found ? found->until : std::nullopt;
}

std::optional<double> room(const PoolRecord& pool, WallTime now) {
  const auto found = fullest(pool, now);
  if (!found) return std::nullopt;
  return found->room;
}

std::optional<Admission> admit(int needed_input, int output_cap, int context_window,
                               std::optional<std::int64_t> tokens_per_minute,
                               std::optional<std::int64_t> left) {
  std::int64_t limit = context_window;
  if (tokens_per_minute) limit = std::min(limit, *tokens_per_minute - *tokens_per_minute / 8);
  if (left) limit = std::min(limit, *left);
  const std::int64_t cap = std::max(output_cap, 1);
  const std::int64_t least = std::min<std::int64_t>(cap, kLeastOutput);
  // Two sevenths for the reply: of 8,000 tokens per minute, 5,000 go in and 2,000 come out.
  std::int64_t output = std::min(cap, std::max(least, limit / 7 * 2));
  if (limit - output < needed_input) output = limit - needed_input;
  if (output < least || limit - output <= 0) return {};
  return Admission{static_cast<int>(limit - output), static_cast<int>(output)};
}

}  // namespace autofix::providers
