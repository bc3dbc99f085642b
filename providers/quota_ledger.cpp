#include "providers/quota_ledger.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <string>

#include "providers/wire_time.h"

namespace autofix::providers {
namespace {

constexpr int kLeastOutput = 1'024;

std::optional<int> count(const HttpHeaders& headers, const std::string& name) {
  const std::string_view text = header_value(headers, name);
  long long value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0) return {};
  return static_cast<int>(std::min<long long>(value, std::numeric_limits<int>::max() / 4));
}

/// A Go duration (Groq, OpenAI) or a date (Anthropic).
std::optional<WallTime> reset(const HttpHeaders& headers, const std::string& name, WallTime now) {
  const std::string_view text = header_value(headers, name);
  if (const auto delay = parse_duration(text)) return now + std::min(*delay, Milliseconds{86'400'000});
  if (const auto date = parse_rfc3339(text)) {
    return std::clamp(*date, now, now + std::chrono::hours{24});
  }
  return {};
}

}  // namespace

QuotaSnapshot read_quota_headers(const HttpHeaders& headers, WallTime now) {
  QuotaSnapshot snapshot;
  const std::string groq = "x-ratelimit-";
  const std::string anthropic = "anthropic-ratelimit-";
  const auto either = [&](const std::string& a, const std::string& b) {
    const auto first = count(headers, a);
    return first ? first : count(headers, b);
  };
  const auto either_reset = [&](const std::string& a, const std::string& b) {
    const auto first = reset(headers, a, now);
    return first ? first : reset(headers, b, now);
  };
  snapshot.requests_limit = either(groq + "limit-requests", anthropic + "requests-limit");
  snapshot.requests_remaining = either(groq + "remaining-requests", anthropic + "requests-remaining");
  snapshot.requests_reset = either_reset(groq + "reset-requests", anthropic + "requests-reset");
  snapshot.tokens_limit = either(groq + "limit-tokens", anthropic + "tokens-limit");
  snapshot.tokens_remaining = either(groq + "remaining-tokens", anthropic + "tokens-remaining");
  snapshot.tokens_reset = either_reset(groq + "reset-tokens", anthropic + "tokens-reset");
  return snapshot;
}

QuotaSnapshot merged(QuotaSnapshot old, const QuotaSnapshot& next) {
  const auto take = [](auto& known, const auto& news) {
    if (news) known = news;
  };
  take(old.requests_limit, next.requests_limit);
  take(old.tokens_limit, next.tokens_limit);
  // A count and its reset belong together.
  if (next.requests_remaining) {
    old.requests_remaining = next.requests_remaining;
    old.requests_reset = next.requests_reset;
  }
  if (next.tokens_remaining) {
    old.tokens_remaining = next.tokens_remaining;
    old.tokens_reset = next.tokens_reset;
  }
  return old;
}

std::optional<int> tokens_left(const QuotaSnapshot& snapshot, WallTime now) {
  if (!snapshot.tokens_remaining || !snapshot.tokens_reset || now >= *snapshot.tokens_reset) return {};
  return snapshot.tokens_remaining;
}

std::optional<int> requests_left(const QuotaSnapshot& snapshot, WallTime now) {
  if (!snapshot.requests_remaining || !snapshot.requests_reset || now >= *snapshot.requests_reset) return {};
  return snapshot.requests_remaining;
}

std::optional<double> room(const QuotaSnapshot& snapshot, WallTime now) {
  const auto share = [](std::optional<int> left, std::optional<int> limit) -> std::optional<double> {
    if (!left || !limit || *limit <= 0) return std::nullopt;
    return std::clamp(static_cast<double>(*left) / *limit, 0.0, 1.0);
  };
  const auto requests = share(requests_left(snapshot, now), snapshot.requests_limit);
  const auto tokens = share(tokens_left(snapshot, now), snapshot.tokens_limit);
  if (requests && tokens) return std::min(*requests, *tokens);
  return requests ? requests : tokens;
}

std::optional<Admission> admit(int needed_input, int output_cap, int context_window,
                               std::optional<int> tokens_per_minute) {
  int limit = context_window;
  if (tokens_per_minute) limit = std::min(limit, *tokens_per_minute - *tokens_per_minute / 8);
  const int cap = std::max(output_cap, 1);
  const int least = std::min(cap, kLeastOutput);
  // Two sevenths for the reply: of 8,000 tokens per minute, 5,000 go in and 2,000 come out.
  Admission admission;
  admission.max_output_tokens = std::min(cap, std::max(least, static_cast<int>(limit / 7LL * 2)));
  if (limit - admission.max_output_tokens < needed_input) admission.max_output_tokens = limit - needed_input;
  admission.max_input_tokens = limit - admission.max_output_tokens;
  if (admission.max_output_tokens < least || admission.max_input_tokens <= 0) return {};
  return admission;
}

}  // namespace autofix::providers
