// When a provider that keeps failing is left alone, and when it gets another chance. Pure functions on the
// state that a LinkRecord holds; quota, keys and cancelled calls never come here.
//
//   closed --3 failures in a row, or at least half of 5 or more in 60 s--> open (5 s * 2^n, at most 300 s)
//   open --time is up--> half open: one real request --ok--> closed, --failure--> open, twice as long
#pragma once

#include "providers/clock.h"
#include "providers/link_record.h"

namespace autofix::providers {

/// What the breaker says at `now`. Half open is a matter of time, so it is never stored: a process that dies
/// with its probe under way leaves nothing behind.
BreakerState::Phase phase_at(const BreakerState& state, WallTime now);

BreakerState after_success(BreakerState state, WallTime now);
/// `random` in [0, 1) spreads the return of many clients over ±20 %.
BreakerState after_failure(BreakerState state, WallTime now, double random);

}  // namespace autofix::providers
