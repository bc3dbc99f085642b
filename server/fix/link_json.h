// What is known of a link, as `autofix/status` and the dashboard show it.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include "providers/chain.h"

namespace autofix::fix {

/// `{provider, name, model, state, message, retryAt, requestsRemaining, tokensRemaining, resetsAt, keys}`;
/// null for what is not known. Keys are named by where they were found, never by value.
nlohmann::json link_json(const providers::LinkStatus& link);

}  // namespace autofix::fix
