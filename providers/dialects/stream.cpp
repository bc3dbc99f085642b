#include "providers/dialects/stream.h"

#include <nlohmann/json.hpp>
#include <vector>

#include "providers/json_body.h"
#include "providers/sse.h"

namespace autofix::providers {
namespace {

using nlohmann::json;

/// An error event whose data is the error itself, as some gateways write it.
json error_body(json data) {
  if (read_error(data)) return data;
  return {{"error", std::move(data)}};
}

}  // namespace

bool is_event_stream(const HttpReply& reply) {
  const std::size_t begin = reply.body.find_first_not_of(" \t\r\n");
  const char first = begin == std::string::npos ? '\0' : reply.body[begin];
  if (first == '{' || first == '[') return false;
  if (to_lower(header_value(reply.headers, "content-type")).starts_with("text/event-stream")) return true;
  return reply.body.starts_with("data:") || reply.body.starts_with("event:");
}

std::string fold_stream(DialectKind kind, const std::string& stream) {
  SseReader reader;
  std::vector<json> parts;
  bool done = false;
  for (const SseEvent& event : reader.feed(stream)) {
    if (event.data == "[DONE]") {
      done = true;
      break;
    }
    auto part = parse_body(event.data);
    if (event.type == "error") return to_wire(error_body(part ? std::move(*part) : json(event.data)));
    if (!part) return {};
    if (read_error(*part)) return event.data;
    parts.push_back(std::move(*part));
  }
  if (reader.overflowed() || (parts.empty() && !done)) return {};
  return to_wire(dialect(kind).fold(parts, done));
}

bool refuses_streaming(DialectKind kind, const HttpReply& reply) {
  if (reply.status < 400 || reply.status >= 500) return reply.status == 501;
  const auto body = parse_body(reply.body);
  const auto error = body ? read_error(*body) : std::nullopt;
  if (kind == DialectKind::gemini && reply.status == 404) {
    // The vendor's own 404 speaks of the model; any other one speaks of the path.
    const bool about_model =
        error && error->type == "NOT_FOUND" && to_lower(error->message).find("model") != std::string::npos;
    return !about_model;
  }
  const bool about_request = reply.status == 400 || reply.status == 405 || reply.status == 422;
  return about_request && error && to_lower(error->message).find("stream") != std::string::npos;
}

}  // namespace autofix::providers
