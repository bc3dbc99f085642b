// What a response means for the chain: the table of PROVIDERS.md as a pure function. Deliberately no action:
// what to do about a failure is the chain's to say.
#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "providers/catalog.h"
#include "providers/http_message.h"
#include "providers/provider.h"

namespace autofix::providers {

/// A completion, or what failed. `secret` is masked in every message.
tl::expected<Completion, ProviderError> read_response(DialectKind dialect, const HttpReply& reply,
                                                      WallTime now, std::string_view secret);

/// A reply that is no 200, or a 200 that holds an error.
ProviderError classify(DialectKind dialect, const HttpReply& reply, WallTime now, std::string_view secret);

}  // namespace autofix::providers
