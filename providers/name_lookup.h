// Looks a host's name up within a time limit: the system's resolver can hang for minutes and has no
// descriptor to shut down.
#pragma once

#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "providers/clock.h"
#include "providers/provider.h"

namespace autofix::providers {

/// Numeric addresses, in the system's order of preference. Errors: connection (no such name), timeout,
/// cancelled. A lookup that hangs goes on in the background; at most eight do so at a time.
tl::expected<std::vector<std::string>, ProviderError> look_up(const std::string& host, std::stop_token stop,
                                                              SteadyTime deadline);

}  // namespace autofix::providers
