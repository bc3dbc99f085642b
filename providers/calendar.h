// The two calendars that providers' quotas follow. Pure, and without a time zone database: the rule of the
// one zone that matters is written here.
#pragma once

#include "providers/clock.h"

namespace autofix::providers {

/// The next 00:00 in Los Angeles, strictly after `now`: when Gemini's daily quotas begin anew. Follows the US
/// rule in force since 2007: daylight time from the second Sunday of March to the first of November, 02:00.
WallTime next_midnight_los_angeles(WallTime now);

/// 00:00 UTC on the 1st of the next month: when Anthropic's spend limits begin anew.
WallTime first_of_next_month_utc(WallTime now);

}  // namespace autofix::providers
