// Wall times as people and the result object read them.
#pragma once

#include <string>

#include "providers/clock.h"

namespace autofix::fix {

/// `2026-02-23T08:00:00Z`: RFC 3339 in UTC, whole seconds.
std::string rfc3339(providers::WallTime time);

/// `09:12`, with the date before it on another day than `now`'s: as the clock of this machine's user shows
/// it.
std::string clock_time(providers::WallTime time, providers::WallTime now);

/// `in 3 h 12 min`, `in 36 s`, `now`.
std::string from_now(providers::WallTime time, providers::WallTime now);

}  // namespace autofix::fix
