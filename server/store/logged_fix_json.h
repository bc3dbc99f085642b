// A logged fix as one line of JSON, for stores that have no tables.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/fix/fix_log.h"

namespace autofix::store {

std::string logged_fix_json(const fix::LoggedFix& fix);

/// Nothing when it is no logged fix. Unknown members are passed over: a newer version may have written them.
std::optional<fix::LoggedFix> parse_logged_fix(std::string_view text);

}  // namespace autofix::store
