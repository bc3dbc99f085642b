// What goes into a provider and what comes out. Values only: no HTTP, no JSON, no files, no LSP.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "providers/clock.h"

namespace autofix::providers {

struct Message {
  enum class Role { user, assistant };
  Role role = Role::user;
  std::string text;
};

struct Prompt {
  std::string system;
  std::vector<Message> messages;  ///< oldest first, the last one from the user
  std::string reply_schema;       ///< JSON Schema as text for JSON mode; empty for plain text
  int max_output_tokens = 8192;
};

struct Usage {
  std::int64_t input_tokens = 0;
  std::int64_t output_tokens = 0;
  double cost_usd = 0.0;
};

/// `complete` is the only one whose text may be used as it is.
enum class StopReason { complete, length, other };

struct Completion {
  std::string text;
  std::string model;  ///< the model that answered by its own account; may differ from the one asked for
  Usage usage;
  StopReason stop_reason = StopReason::complete;
};

/// Names as CONTRACT.md prints them in an attempt's `outcome`.
enum class ErrorKind {
  no_key,
  quota_exhausted,
  rate_limited,
  auth_failed,
  billing,
  model_gone,
  overloaded,
  timeout,
  connection,
  bad_request,
  refused,
  too_large,
  malformed_reply,
  circuit_open,
  skipped,
  cancelled,
};
std::string_view name_of(ErrorKind kind);

/// What a failure speaks of, so what it blocks: this call only, the provider as a whole, one model in a quota
/// pool, one key, or this machine's own network.
enum class Scope { request, provider, pool, credential, model, network };

/// A limit that a provider named when it refused: Gemini's `quotaId` and `quotaValue`.
struct QuotaViolation {
  std::string id;
  std::optional<std::int64_t> limit;
};

struct ProviderError {
  ErrorKind kind = ErrorKind::connection;
  int http_status = 0;               ///< 0 when no response came
  std::optional<WallTime> retry_at;  ///< when asking again is worth it; empty when nobody said
  Scope scope = Scope::request;
  std::string message;              ///< for people; never holds a key
  std::optional<int> tokens_limit;  ///< too_large: the limit that the provider named, in tokens
  std::vector<QuotaViolation> violations;
  std::optional<WallTime> probe_at;  ///< from then on one request may find out whether `retry_at` is true
  bool loading = false;              ///< overloaded: the server is up, and its model is on its way
};

/// One HTTP request that was sent.
struct CallRecord {
  std::string link;
  std::string model;
  std::string key_id;  ///< short hash of the key, never the key
  Milliseconds elapsed{0};
  Usage usage;
  std::optional<ProviderError> error;
};

/// A cautious count of the tokens of a text, the same for all models: one for every three and a half bytes,
/// rounded up. Vendors' tokenizers differ by ±20 %; admission only needs not to be far too low.
int estimate_tokens(std::string_view text);

}  // namespace autofix::providers
