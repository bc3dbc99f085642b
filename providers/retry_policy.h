// Which failures a repeat on the same link can cure, and how long to wait before it. Pure.
#pragma once

#include "providers/clock.h"
#include "providers/provider.h"

namespace autofix::providers {

/// True for failures that say nothing of the request itself: no connection, a reset, an overloaded server.
/// A timeout without a response is not among them: the body was sent, and may have been worked on and billed.
bool worth_repeating(const ProviderError& error);

/// True when the failure speaks of the provider's health, so that it counts for the breaker.
bool counts_for_breaker(const ProviderError& error);

/// Full jitter: anything between nothing and base * 2^repeat (at most ten seconds). `random` in [0, 1).
Milliseconds backoff(int repeat, Milliseconds base, double random);

inline constexpr Milliseconds kTransientBackoff{50};
inline constexpr Milliseconds kThrottlingBackoff{1'000};

}  // namespace autofix::providers
