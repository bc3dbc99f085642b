// The vendors' wire formats as pure functions: values in, values out. One .cpp per format, one table for all.
// Deliberately no socket, no clock of its own, and no decision about what to do next.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "providers/catalog.h"
#include "providers/http_message.h"
#include "providers/provider.h"

namespace autofix::providers {

/// What one request needs beside the prompt.
struct CallTarget {
  std::string link;
  std::string model;
  std::string key;  ///< empty for a server that wants none
  int max_output_tokens = 8192;
  std::optional<double> temperature;
  bool stream = false;
};

/// A vendor's error object, whatever its shape was.
struct VendorError {
  std::string message;
  std::string type;                         ///< Gemini's status, OpenAI's and Anthropic's type
  std::string code;                         ///< OpenAI's code, Gemini's reason in `details`
  int status = 0;                           ///< Gemini repeats the HTTP status here; else 0
  std::optional<Milliseconds> retry_delay;  ///< Gemini's RetryInfo
  std::vector<QuotaViolation> violations;   ///< Gemini's QuotaFailure
};

struct Dialect {
  HttpRequest (*encode)(const CallTarget& target, const Prompt& prompt);
  /// Of a 200 whose body is JSON. An error has kind refused or malformed_reply.
  tl::expected<Completion, ProviderError> (*decode)(const nlohmann::json& body);
  /// The parts of a streamed reply, none of them an error, as the body of a plain one. `done`: OpenAI's
  /// `[DONE]` came.
  nlohmann::json (*fold)(std::span<const nlohmann::json> parts, bool done);
  HttpRequest (*encode_model_list)(const CallTarget& target);
  std::vector<std::string> (*decode_model_list)(const nlohmann::json& body);
};

const Dialect& dialect(DialectKind kind);

extern const Dialect kGeminiDialect;
extern const Dialect kOpenAiDialect;
extern const Dialect kAnthropicDialect;

/// Empty when the body holds no error object.
std::optional<VendorError> read_error(const nlohmann::json& body);

/// The `id`s of a model list as OpenAI and Anthropic write it.
std::vector<std::string> ids_of_data(const nlohmann::json& body);

/// A 200 read by its dialect: not JSON and an error inside are failures, too.
ProviderError malformed(std::string message, Scope scope = Scope::provider);

}  // namespace autofix::providers
