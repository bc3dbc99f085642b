#include "providers/classify.h"

#include <algorithm>
#include <charconv>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "providers/calendar.h"
#include "providers/dialects/dialect.h"
#include "providers/dialects/stream.h"
#include "providers/error_text.h"
#include "providers/json_body.h"
#include "providers/quota_ledger.h"
#include "providers/wire_time.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;

constexpr auto kDay = 24h;
constexpr auto kUnknownThrottle = 60s;

bool has(std::string_view text, std::initializer_list<std::string_view> parts) {
  return std::ranges::any_of(
      parts, [&](std::string_view part) { return text.find(part) != std::string_view::npos; });
}

/// The number behind a word: "Limit 15000, Used …".
std::optional<int> number_after(std::string_view text, std::string_view word) {
  const std::size_t at = text.find(word);
  if (at == std::string_view::npos) return {};
  const char* begin = text.data() + at + word.size();
  int value = 0;
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), value);
  if (error != std::errc{} || value <= 0) return {};
  return value;
}

/// One response while its rows are gone through.
struct Case {
  DialectKind dialect;
  const HttpReply& reply;
  WallTime now;
  VendorError vendor;
  std::string words;  ///< message, type and code in lower case
  ProviderError error;

  ProviderError as(ErrorKind kind, Scope scope) {
    error.kind = kind;
    error.scope = scope;
    return error;
  }
  ProviderError until(ErrorKind kind, Scope scope, WallTime time) {
    error.retry_at = time;
    return as(kind, scope);
  }
  std::optional<Milliseconds> hinted_delay() const {
    if (const auto delay = parse_retry_after(header_value(reply.headers, "retry-after"), now)) return delay;
    if (vendor.retry_delay) return vendor.retry_delay;
    return delay_in_text(vendor.message);
  }
};

std::optional<WallTime> header_reset(const Case& row) {
  const QuotaSnapshot snapshot = read_quota_headers(row.reply.headers, row.now);
  if (snapshot.requests_remaining == 0 && snapshot.requests_reset) return snapshot.requests_reset;
  return snapshot.tokens_reset ? snapshot.tokens_reset : snapshot.requests_reset;
}

ProviderError gemini_quota(Case& row) {
  const auto any = [&](std::string_view part) {
    return std::ranges::any_of(row.vendor.violations, [&](const QuotaViolation& violation) {
      return violation.id.find(part) != std::string::npos;
    });
  };
  row.error.violations = row.vendor.violations;
  // A limit of nothing: this project has no such quota, today and tomorrow.
  const bool none_at_all =
      std::ranges::any_of(row.vendor.violations,
                          [](const QuotaViolation& violation) { return violation.limit == 0; }) ||
      has(row.words, {"limit: 0,", "limit: 0 ", "limit: 0\n"});
  if (none_at_all) return row.until(ErrorKind::quota_exhausted, Scope::pool, row.now + kDay);
  const auto hint = row.hinted_delay();
  if (any("PerDay")) {
    const WallTime midnight = next_midnight_los_angeles(row.now);
    if (hint && *hint >= 1h) {
      return row.until(ErrorKind::quota_exhausted, Scope::pool, retry_time(row.now, *hint));
    }
    // The delay is that of the minute's limit, most times; one request may find out.
    if (hint && row.now + *hint < midnight) row.error.probe_at = retry_time(row.now, *hint);
    return row.until(ErrorKind::quota_exhausted, Scope::pool, midnight);
  }
  const WallTime reset = retry_time(row.now, hint.value_or(kUnknownThrottle));
  const bool per_minute = any("PerMinute");
  return row.until(per_minute ? ErrorKind::rate_limited : ErrorKind::quota_exhausted, Scope::pool, reset);
}

ProviderError throttled(Case& row) {
  if (has(row.words, {"insufficient_quota", "billing_hard_limit", "billing_not_active", "spend_limit",
                      "spend limit", "spending limit", "credit balance"})) {
    const WallTime reset =
        row.dialect == DialectKind::anthropic ? first_of_next_month_utc(row.now) : row.now + kDay;
    return row.until(ErrorKind::billing, Scope::credential, reset);
  }
  if (row.dialect == DialectKind::gemini) return gemini_quota(row);
  WallTime reset = row.now + kUnknownThrottle;
  if (const auto hint = row.hinted_delay()) {
    reset = retry_time(row.now, *hint);
  } else if (const auto header = header_reset(row)) {
    reset = std::max(*header, row.now + 1s);
  }
  const bool per_day = has(row.words, {"per day", "(tpd)", "(rpd)", "daily", "quota"});
  return row.until(per_day ? ErrorKind::quota_exhausted : ErrorKind::rate_limited, Scope::pool, reset);
}

bool is_key_trouble(const Case& row) {
  return has(row.words,
             {"api_key_invalid", "api key not valid", "api key expired", "invalid_api_key", "invalid api key",
              "incorrect api key", "api key was reported", "api_key_expired", "invalid x-api-key"});
}

bool is_too_long(const Case& row) {
  return has(row.words,
             {"context_length_exceeded", "maximum context length", "exceeds the maximum number of tokens",
              "input token count", "prompt is too long", "too many tokens", "context window",
              "exceed context limit", "exceeds the available context size", "reduce the length"});
}

ProviderError client_error(Case& row) {
  const int status = row.reply.status;
  if (status == 401 || is_key_trouble(row)) return row.as(ErrorKind::auth_failed, Scope::credential);
  if (status == 402) return row.until(ErrorKind::billing, Scope::credential, row.now + kDay);
  if (status == 403 ||
      has(row.words, {"user location is not supported", "failed_precondition", "unsupported_country"})) {
    return row.until(ErrorKind::auth_failed, Scope::provider, row.now + kDay);
  }
  if (has(row.words, {"json_validate_failed"})) return row.as(ErrorKind::malformed_reply, Scope::request);
  const bool about_model = has(row.words, {"model"});
  if (has(row.words, {"model_not_found", "model_decommissioned"}) || (status == 404 && about_model)) {
    return row.until(ErrorKind::model_gone, Scope::model, row.now + kDay);
  }
  if (status == 413 && has(row.words, {"rate_limit_exceeded", "tokens per minute", "(tpm)"})) {
    row.error.tokens_limit = number_after(row.words, "limit ");
    return row.as(ErrorKind::too_large, Scope::pool);
  }
  if (status == 413 || is_too_long(row)) return row.as(ErrorKind::too_large, Scope::request);
  if (status == 404) {
    row.error.message += " (is the base URL right?)";
    return row.as(ErrorKind::bad_request, Scope::request);
  }
  return row.as(ErrorKind::bad_request, Scope::request);
}

ProviderError server_error(Case& row, ErrorKind kind) {
  row.error.loading = row.reply.status == 503 && has(row.words, {"loading model", "model is loading"});
  if (row.error.loading) return row.as(kind, Scope::request);
  if (const auto hint = row.hinted_delay()) row.error.retry_at = retry_time(row.now, *hint);
  return row.as(kind, Scope::provider);
}

}  // namespace

ProviderError classify(DialectKind dialect, const HttpReply& reply, WallTime now, std::string_view secret) {
  Case row{dialect, reply, now, {}, {}, {}};
  if (const auto body = parse_body(reply.body)) {
    if (auto vendor = read_error(*body)) row.vendor = std::move(*vendor);
  }
  row.words = to_lower(row.vendor.message + " " + row.vendor.type + " " + row.vendor.code);
  row.error.http_status = reply.status;
  row.error.message = shown_text(row.vendor.message, secret);
  if (row.error.message.empty()) row.error.message = "HTTP status " + std::to_string(reply.status);

  const int status = reply.status == 200 && row.vendor.status >= 400 ? row.vendor.status : reply.status;
  const bool quota_words = has(row.words, {"resource_exhausted", "quota"});
  if (status == 429 || (quota_words && status != 401 && !is_key_trouble(row))) return throttled(row);
  if (status == 408) return server_error(row, ErrorKind::timeout);
  if (status == 498 || status >= 500) return server_error(row, ErrorKind::overloaded);
  if (status >= 300 && status < 400) {
    row.error.message = "answered a redirect, which is never followed: is the base URL right?";
    return row.as(ErrorKind::connection, Scope::request);
  }
  if (status >= 400) return client_error(row);
  if (has(row.words, {"overloaded"})) return server_error(row, ErrorKind::overloaded);
  row.error.message = "answered an error with status " + std::to_string(status) + ": " + row.error.message;
  return row.as(ErrorKind::malformed_reply, Scope::provider);
}

namespace {

/// A 200 whose body is what the vendor's plain reply has.
tl::expected<Completion, ProviderError> read_whole(DialectKind kind, const HttpReply& reply, WallTime now,
                                                   std::string_view secret) {
  const auto body = parse_body(reply.body);
  ProviderError error;
  if (!body) {
    error = malformed(reply.body.find("<html") != std::string::npos ||
                              reply.body.find("<HTML") != std::string::npos
                          ? "answered a web page instead of JSON: is the base URL right?"
                          : "the reply is not JSON, or was cut off");
  } else if (read_error(*body)) {
    return tl::unexpected(classify(kind, reply, now, secret));
  } else {
    auto completion = dialect(kind).decode(*body);
    if (completion) return completion;
    error = completion.error();
  }
  error.http_status = reply.status;
  error.message = shown_text(error.message, secret);
  return tl::unexpected(std::move(error));
}

}  // namespace

tl::expected<Completion, ProviderError> read_response(DialectKind kind, const HttpReply& reply, WallTime now,
                                                      std::string_view secret) {
  if (reply.status != 200) return tl::unexpected(classify(kind, reply, now, secret));
  if (!is_event_stream(reply)) return read_whole(kind, reply, now, secret);
  return read_whole(kind, {reply.status, reply.headers, fold_stream(kind, reply.body)}, now, secret);
}

}  // namespace autofix::providers
