// What is left of a pool's limits: learned from headers and errors, taken beforehand by leases, so that
// processes which share a pool never send more than it has. Pure: every function is told the time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "providers/catalog.h"
#include "providers/http_message.h"
#include "providers/link_record.h"
#include "providers/provider.h"

namespace autofix::providers {

/// One pool and model as a response's headers describe it. Groq counts requests per day and tokens per
/// minute, the others both per minute; the resets tell.
struct QuotaSnapshot {
  std::optional<int> requests_limit;
  std::optional<int> requests_remaining;
  std::optional<WallTime> requests_reset;
  std::optional<int> tokens_limit;
  std::optional<int> tokens_remaining;
  std::optional<WallTime> tokens_reset;
};

/// Reads `x-ratelimit-*` and `anthropic-ratelimit-*`; what is missing or unreadable stays empty.
QuotaSnapshot read_quota_headers(const HttpHeaders& headers, WallTime now);

/// Why a request that needs `tokens` (in and out together) would not fit now; empty when it fits, as far as
/// is known. `retry_at` is the end of the window that is full.
std::optional<ProviderError> shortage(const PoolRecord& pool, std::int64_t tokens, WallTime now);

/// Takes one request and the lease's tokens out of every limit.
void take(PoolRecord& pool, Lease lease, WallTime now);

/// The request is over. `tokens` is what it really took; `seen` what its response said. Counts only grow
/// within a window, since answers arrive in any order; only where nothing else happened in between is the
/// provider's own count taken as it is.
void settle(PoolRecord& pool, const std::string& lease_id, std::int64_t tokens, const QuotaSnapshot& seen,
            WallTime now);

/// The request was never sent.
void give_back(PoolRecord& pool, const std::string& lease_id);

/// The limits that an error named: they are used up until `until`, and from then on counted.
void learn(PoolRecord& pool, std::span<const QuotaViolation> violations, WallTime until, WallTime now);
/// They proved to be wrong: a request got through.
void unlearn(PoolRecord& pool);

/// The tokens-per-minute limit that a 413 named.
void learn_token_limit(PoolRecord& pool, std::int64_t limit, WallTime now);

/// What is left of the tightest limit on tokens or requests; empty when no limit is known.
std::optional<std::int64_t> tokens_left(const PoolRecord& pool, WallTime now);
std::optional<std::int64_t> requests_left(const PoolRecord& pool, WallTime now);
/// The smallest known tokens-per-minute limit.
std::optional<std::int64_t> tokens_per_minute(const PoolRecord& pool);
/// When the fullest window begins anew.
std::optional<WallTime> next_reset(const PoolRecord& pool, WallTime now);

/// The share of the scarcest limit that is left, 0 to 1; empty when no limit is known.
std::optional<double> room(const PoolRecord& pool, WallTime now);

/// How one request is to be cut to fit.
struct Admission {
  int max_input_tokens = 0;
  int max_output_tokens = 0;
};

/// Splits what a link takes between prompt and reply. `needed_input` is what the prompt takes at least,
/// `output_cap` what the reply may take at most; the reply never gets less than 1,024 tokens. Token counts
/// are estimates, so of a tokens-per-minute limit an eighth stays unused. `left`: what remains of this
/// minute's tokens. Empty: the request does not fit.
std::optional<Admission> admit(int needed_input, int output_cap, int context_window,
                               std::optional<std::int64_t> tokens_per_minute,
                               std::optional<std::int64_t> left = {});

}  // namespace autofix::providers
