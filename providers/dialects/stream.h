// A streamed reply read as if it had not been streamed: the events of each dialect are folded into the body
// that the vendor's plain reply has, so that one decode() and one read_error() serve both.
#pragma once

#include <string>

#include "providers/catalog.h"
#include "providers/dialects/dialect.h"
#include "providers/http_message.h"

namespace autofix::providers {

/// Also for servers that stream under a wrong content type, and not for those that answer JSON under this
/// one.
bool is_event_stream(const HttpReply& reply);

/// The JSON text of the folded body. A stream without its end marker gives a body without a reason to have
/// stopped, which decode() refuses; an error within the stream is the whole body; a part that is no JSON
/// gives nothing.
std::string fold_stream(DialectKind kind, const std::string& stream);

/// True when the server seems to know no streaming, so that the same request without it is worth sending:
/// not Gemini's own 404 for a model, but somebody else's for the path; a client error that names `stream`.
bool refuses_streaming(DialectKind kind, const HttpReply& reply);

}  // namespace autofix::providers
