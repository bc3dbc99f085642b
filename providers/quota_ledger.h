// What a provider's headers say is left of its limits, and what that means for the next request. Pure.
#pragma once

#include <optional>

#include "providers/catalog.h"
#include "providers/http_message.h"
#include "providers/provider.h"

namespace autofix::providers {

/// One pool and model as the last response described it. Groq counts requests per day and tokens per minute,
/// the others both per minute; the resets tell.
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

/// What of `next` is known wins, the rest is kept.
QuotaSnapshot merged(QuotaSnapshot old, const QuotaSnapshot& next);

/// Tokens that are known to be left at `now`; empty when nothing is known or the minute has begun anew.
std::optional<int> tokens_left(const QuotaSnapshot& snapshot, WallTime now);
std::optional<int> requests_left(const QuotaSnapshot& snapshot, WallTime now);

/// The share of the scarcer limit that is left, 0 to 1; empty when no limit is known.
std::optional<double> room(const QuotaSnapshot& snapshot, WallTime now);

/// How one request is to be cut to fit.
struct Admission {
  int max_input_tokens = 0;
  int max_output_tokens = 0;
};

/// Splits what a link takes between prompt and reply. `needed_input` is what the prompt takes at least,
/// `output_cap` what the reply may take at most; the reply never gets less than 1,024 tokens. Token counts
/// are estimates, so of a tokens-per-minute limit an eighth stays unused. Empty: the request does not fit.
std::optional<Admission> admit(int needed_input, int output_cap, int context_window,
                               std::optional<int> tokens_per_minute);

}  // namespace autofix::providers
