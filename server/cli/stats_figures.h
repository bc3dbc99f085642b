// What `autofix stats` and `autofix dashboard` both show.
#pragma once

#include <chrono>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/fix/statistics.h"

namespace autofix::cli {

/// `7d`, `24h`, `30m`, `90s`.
std::optional<std::chrono::seconds> parse_span(std::string_view text);

/// `autofix stats --json`.
nlohmann::json stats_json(const fix::Statistics& all, const std::string& since);

}  // namespace autofix::cli
