// The one message that a fix ends with: what was done, by whom, proven or not, at what cost; or why nothing
// was, and what to do about it.
#pragma once

#include <string>

#include "server/lsp/context.h"

namespace autofix::lsp {

/// Where another try may help and the client can ask, it is offered, and runs when it is taken.
void tell_outcome(ServerContext& server, const std::string& session, const fix::FixResult& result);

}  // namespace autofix::lsp
