#include "providers/dialects/dialect.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "providers/json_body.h"
#include "providers/wire_time.h"

namespace autofix::providers {
namespace {

/// protobuf writes 64-bit numbers as strings.
std::optional<std::int64_t> quota_value(const nlohmann::json& violation) {
  const std::string text = string_member(violation, "quotaValue");
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0) return {};
  return value;
}

void read_details(const nlohmann::json& details, VendorError& error) {
  if (!details.is_array()) return;
  for (const auto& detail : details) {
    if (const std::string reason = string_member(detail, "reason"); !reason.empty()) error.code = reason;
    if (const std::string delay = string_member(detail, "retryDelay"); !delay.empty()) {
      error.retry_delay = parse_duration(delay);
    }
    const auto& violations = member(detail, "violations");
    if (!violations.is_array()) continue;
    for (const auto& violation : violations) {
      if (std::string id = string_member(violation, "quotaId"); !id.empty())
        error.violations.push_back({std::move(id), quota_value(violation)});
    }
  }
}

}  // namespace

const Dialect& dialect(DialectKind kind) {
  switch (kind) {
    case DialectKind::gemini:
      return kGeminiDialect;
    case DialectKind::anthropic:
      return kAnthropicDialect;
    case DialectKind::openai:
    case DialectKind::none:
      break;
  }
  return kOpenAiDialect;
}

std::vector<std::string> ids_of_data(const nlohmann::json& body) {
  std::vector<std::string> ids;
  const nlohmann::json& list = member(body, "data");
  if (!list.is_array()) return ids;
  for (const nlohmann::json& model : list) ids.push_back(string_member(model, "id"));
  return ids;
}

std::optional<VendorError> read_error(const nlohmann::json& body) {
  // Gemini sometimes wraps the object in an array.
  const nlohmann::json& object = body.is_array() && !body.empty() ? body.front() : body;
  const auto& value = member(object, "error");
  VendorError error;
  if (value.is_string()) {  // Ollama
    error.message = value.get<std::string>();
    return error;
  }
  if (!value.is_object()) {
    // FastAPI servers (vLLM's front, gateways).
    if (std::string detail = string_member(object, "detail"); !detail.empty()) {
      error.message = std::move(detail);
      return error;
    }
    return {};
  }
  error.message = string_member(value, "message");
  error.type = string_member(value, "status");
  if (error.type.empty()) error.type = string_member(value, "type");
  error.code = string_member(value, "code");
  const auto& code = member(value, "code");
  if (code.is_number_integer()) error.status = static_cast<int>(count_member(value, "code"));
  const auto& details = member(value, "details");
  read_details(details, error);
  // Anthropic's details are one object.
  if (std::string inner = string_member(details, "error_code"); !inner.empty()) error.code = std::move(inner);
  return error;
}

ProviderError malformed(std::string message, Scope scope) {
  ProviderError error;
  error.kind = ErrorKind::malformed_reply;
  error.scope = scope;
  error.message = std::move(message);
  return error;
}

}  // namespace autofix::providers
