// JSON-RPC 2.0 messages as LSP uses them. Deliberately no transport and no methods.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace autofix::protocol {

using Json = nlohmann::json;

/// JSON-RPC 2.0 section 5.1 and LSP 3.17 "ErrorCodes".
enum class ErrorCode {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  server_not_initialized = -32002,
  request_cancelled = -32800,
  content_modified = -32801,
};

struct ResponseError {
  ErrorCode code = ErrorCode::internal_error;
  std::string message;
};

/// What a reply may be.
using Outcome = tl::expected<Json, ResponseError>;

/// A request has an id and a method, a notification only a method, a response only an id.
struct Message {
  std::optional<Json> id;
  std::string method;
  Json params;
  Outcome outcome;  ///< of a response

  bool is_request() const { return id.has_value() && !method.empty(); }
  bool is_notification() const { return !id.has_value() && !method.empty(); }
  bool is_response() const { return id.has_value() && method.empty(); }
};

/// A text that is no message, and the id to answer with (null where none can be known).
struct BadMessage {
  ResponseError error;
  Json id;
};

/// Values nested deeper than 256 are refused before they are built. Half surrogate pairs, which JavaScript
/// editors send, become U+FFFD.
tl::expected<Message, BadMessage> parse_message(std::string_view body);

std::string encode_request(const Json& id, std::string_view method, const Json& params);
std::string encode_notification(std::string_view method, const Json& params);
std::string encode_response(const Json& id, const Outcome& outcome);

}  // namespace autofix::protocol
