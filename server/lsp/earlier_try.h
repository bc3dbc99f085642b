// What autofix.retry knows beyond the first try: what its fix did, and what became of it since.
#pragma once

#include <string>

#include "server/lsp/context.h"

namespace autofix::lsp {

/// For the model: the summary and the diff of that session's fix, then how its problems failed since, as the
/// latest results tell it. At most 8 KB.
std::string describe_earlier_try(const ServerContext& server, const std::string& session,
                                 const PastFix& past);

/// The same argument for the document and its problems as they are now.
protocol::Json argument_of_retry(const ServerContext& server, const PastFix& past);

}  // namespace autofix::lsp
