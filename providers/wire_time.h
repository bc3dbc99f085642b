// Durations and dates in every spelling that providers use. Pure; what cannot be read is empty, never a
// guess.
#pragma once

#include <optional>
#include <string_view>

#include "providers/clock.h"

namespace autofix::providers {

/// `2m59.56s`, `577.5ms`, `36.123456789s`, `1h2m3s`: Go's form, of which protobuf's is a part. Negative ones
/// and anything after the last unit are refused. Rounded up to milliseconds, capped at ten years.
std::optional<Milliseconds> parse_duration(std::string_view text);

/// The value of `retry-after`: seconds or an HTTP date.
std::optional<Milliseconds> parse_retry_after(std::string_view value, WallTime now);

/// `2026-11-23T20:30:00Z`, with a fraction or an offset.
std::optional<WallTime> parse_rfc3339(std::string_view text);

/// The delay that an error's text names: "try again in 5.289s", "retry in 36.1s", "in 20 seconds".
std::optional<Milliseconds> delay_in_text(std::string_view text);

/// now + delay, but no sooner than a second and no later than a day: a provider's typing error must not
/// switch a link off for good.
WallTime retry_time(WallTime now, Milliseconds delay);

}  // namespace autofix::providers
