// PROVIDERS.md's table of failures, row by row, on the bodies that the vendors send.
#include "providers/classify.h"

#include <nlohmann/json.hpp>

#include "providers/calendar.h"
#include "tests/support/catch.h"
#include "tests/support/fake_provider.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::FakeStep;
using test::Vendor;

// 2026-02-22 12:00:00 UTC
const WallTime kNow = WallTime(std::chrono::seconds(1'771'761'600));

DialectKind dialect_of(Vendor vendor) {
  switch (vendor) {
    case Vendor::gemini:
      return DialectKind::gemini;
    case Vendor::anthropic:
      return DialectKind::anthropic;
    case Vendor::groq:
    case Vendor::openai:
      break;
  }
  return DialectKind::openai;
}

tl::expected<Completion, ProviderError> read(Vendor vendor, const FakeStep& step) {
  HttpReply reply;
  reply.status = step.status;
  reply.headers = step.headers;
  reply.body = step.body;
  return read_response(dialect_of(vendor), reply, kNow, "the-secret-key-0123456789");
}

ProviderError error_of(Vendor vendor, const json& item) {
  const auto completion = read(vendor, test::fake_step(vendor, item));
  REQUIRE(!completion);
  CHECK(!completion.error().message.empty());
  return completion.error();
}

/// An error response of a vendor, by hand.
ProviderError error_of(Vendor vendor, int status, const std::string& body,
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
  FakeStep step;
  step.status = status;
  step.body = body;
  step.headers = std::move(headers);
  const auto completion = read(vendor, step);
  REQUIRE(!completion);
  return completion.error();
}

struct Row {
  Vendor vendor;
  const char* preset;
  ErrorKind kind;
  Scope scope;
};

TEST_CASE("every failure of the table has its kind and its scope") {
  const std::vector<Row> rows = {
      {Vendor::gemini, "quota_per_day", ErrorKind::quota_exhausted, Scope::pool},
      {Vendor::gemini, "quota_per_minute", ErrorKind::rate_limited, Scope::pool},
      {Vendor::gemini, "bad_key", ErrorKind::auth_failed, Scope::credential},
      {Vendor::gemini, "overloaded", ErrorKind::overloaded, Scope::provider},
      {Vendor::gemini, "internal", ErrorKind::overloaded, Scope::provider},
      {Vendor::gemini, "region", ErrorKind::auth_failed, Scope::provider},
      {Vendor::gemini, "forbidden", ErrorKind::auth_failed, Scope::provider},
      {Vendor::gemini, "model_gone", ErrorKind::model_gone, Scope::model},
      {Vendor::gemini, "billing", ErrorKind::billing, Scope::credential},
      {Vendor::gemini, "too_long", ErrorKind::too_large, Scope::request},
      {Vendor::gemini, "bad_request", ErrorKind::bad_request, Scope::request},
      {Vendor::gemini, "safety", ErrorKind::refused, Scope::request},
      {Vendor::gemini, "blocked", ErrorKind::refused, Scope::request},
      {Vendor::gemini, "no_end", ErrorKind::malformed_reply, Scope::provider},
      {Vendor::gemini, "error_in_200", ErrorKind::overloaded, Scope::provider},
      {Vendor::gemini, "html", ErrorKind::malformed_reply, Scope::provider},
      {Vendor::gemini, "not_json", ErrorKind::malformed_reply, Scope::provider},
      {Vendor::gemini, "redirect", ErrorKind::connection, Scope::request},
      {Vendor::groq, "rate_limited", ErrorKind::rate_limited, Scope::pool},
      {Vendor::groq, "quota_per_day", ErrorKind::quota_exhausted, Scope::pool},
      {Vendor::groq, "tokens_per_minute", ErrorKind::too_large, Scope::pool},
      {Vendor::groq, "bad_key", ErrorKind::auth_failed, Scope::credential},
      {Vendor::groq, "forbidden", ErrorKind::auth_failed, Scope::provider},
      {Vendor::groq, "overloaded", ErrorKind::overloaded, Scope::provider},
      {Vendor::groq, "internal", ErrorKind::overloaded, Scope::provider},
      {Vendor::groq, "capacity", ErrorKind::overloaded, Scope::provider},
      {Vendor::groq, "model_gone", ErrorKind::model_gone, Scope::model},
      {Vendor::groq, "decommissioned", ErrorKind::model_gone, Scope::model},
      {Vendor::groq, "json_failed", ErrorKind::malformed_reply, Scope::request},
      {Vendor::groq, "too_long", ErrorKind::too_large, Scope::request},
      {Vendor::groq, "bad_request", ErrorKind::bad_request, Scope::request},
      {Vendor::groq, "safety", ErrorKind::refused, Scope::request},
      {Vendor::groq, "refusal", ErrorKind::refused, Scope::request},
      {Vendor::groq, "no_end", ErrorKind::malformed_reply, Scope::provider},
      {Vendor::groq, "error_in_200", ErrorKind::overloaded, Scope::provider},
      {Vendor::openai, "billing", ErrorKind::billing, Scope::credential},
      {Vendor::openai, "rate_limited", ErrorKind::rate_limited, Scope::pool},
      {Vendor::anthropic, "rate_limited", ErrorKind::rate_limited, Scope::pool},
      {Vendor::anthropic, "overloaded", ErrorKind::overloaded, Scope::provider},
      {Vendor::anthropic, "bad_key", ErrorKind::auth_failed, Scope::credential},
  };
  for (const Row& row : rows) {
    const ProviderError error = error_of(row.vendor, json{{"preset", row.preset}});
    INFO(row.preset << ": " << error.message << " (" << name_of(error.kind) << ")");
    CHECK(error.kind == row.kind);
    CHECK(static_cast<int>(error.scope) == static_cast<int>(row.scope));
  }
}

std::string gemini_429(const json& details) {
  return json{{"error",
               {{"code", 429},
                {"status", "RESOURCE_EXHAUSTED"},
                {"message", "You exceeded your current quota"},
                {"details", details}}}}
      .dump();
}
json quota_failure(const std::vector<std::string>& ids) {
  json violations = json::array();
  for (const std::string& id : ids) violations.push_back({{"quotaId", id}});
  return {{"@type", "type.googleapis.com/google.rpc.QuotaFailure"}, {"violations", violations}};
}
json retry_info(const std::string& delay) {
  return {{"@type", "type.googleapis.com/google.rpc.RetryInfo"}, {"retryDelay", delay}};
}

TEST_CASE("Gemini's delay is in the body, never in a header") {
  const auto at = [](const json& details) { return error_of(Vendor::gemini, 429, gemini_429(details)); };
  const ProviderError minute = at(
      {quota_failure({"GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}), retry_info("36.123456789s")});
  CHECK(minute.kind == ErrorKind::rate_limited);
  CHECK(minute.retry_at == kNow + 36'124ms);
  // A day wins over a minute, and is over at midnight in Los Angeles, whatever short delay stands there.
  const ProviderError both =
      at({quota_failure({"GenerateRequestsPerMinute-FreeTier", "GenerateRequestsPerDay-FreeTier"}),
          retry_info("20s")});
  CHECK(both.kind == ErrorKind::quota_exhausted);
  CHECK(both.retry_at == next_midnight_los_angeles(kNow));
  const ProviderError hours = at({quota_failure({"GenerateRequestsPerDay-FreeTier"}), retry_info("7200s")});
  CHECK(hours.retry_at == kNow + 2h);
  CHECK(at({quota_failure({"RequestsPerMinute"})}).retry_at == kNow + 60s);
  CHECK(at(json::array()).kind == ErrorKind::quota_exhausted);
  const ProviderError text =
      error_of(Vendor::gemini, 429,
               R"({"error":{"code":429,"message":"Please retry in 12.5s.","status":"RESOURCE_EXHAUSTED"}})");
  CHECK(text.retry_at == kNow + 12'500ms);
  // The error object sometimes stands inside an array.
  CHECK(error_of(Vendor::gemini, 429, "[" + gemini_429({quota_failure({"PerDay"})}) + "]").kind ==
        ErrorKind::quota_exhausted);
}

TEST_CASE("quota in the text with another status is quota all the same") {
  CHECK(error_of(Vendor::gemini, 403,
                 R"({"error":{"message":"RESOURCE_EXHAUSTED: quota","status":"PERMISSION_DENIED"}})")
            .kind == ErrorKind::quota_exhausted);
  CHECK(error_of(Vendor::groq, 400, R"({"error":{"message":"You exceeded your quota"}})").kind ==
        ErrorKind::quota_exhausted);
}

TEST_CASE("retry-after: zero, dates, nonsense and a billion") {
  const std::string body =
      R"({"error":{"message":"Rate limit reached","type":"tokens","code":"rate_limit_exceeded"}})";
  const auto retry = [&](const std::string& value) {
    return error_of(Vendor::groq, 429, body, {{"Retry-After", value}}).retry_at;
  };
  CHECK(retry("0") == kNow + 1s);
  CHECK(retry("17") == kNow + 17s);
  CHECK(retry("1000000000") == kNow + 24h);
  CHECK(retry("Sun, 22 Feb 2026 12:01:00 GMT") == kNow + 60s);
  CHECK(retry("Sun, 22 Feb 2026 11:00:00 GMT") == kNow + 1s);
  CHECK(retry("soon") == kNow + 60s);
  CHECK(retry("-5") == kNow + 60s);
}

TEST_CASE("without retry-after the text counts, then the reset header") {
  CHECK(error_of(
            Vendor::groq, 429,
            R"({"error":{"message":"Limit 15000. Please try again in 5.289s","code":"rate_limit_exceeded"}})")
            .retry_at == kNow + 5'289ms);
  CHECK(error_of(Vendor::groq, 429, R"({"error":{"message":"slow down","code":"rate_limit_exceeded"}})",
                 {{"x-ratelimit-remaining-tokens", "0"}, {"x-ratelimit-reset-tokens", "7.66s"}})
            .retry_at == kNow + 7'660ms);
}

TEST_CASE("Groq's 413 names its limit, and is no matter of the window") {
  const ProviderError error = error_of(Vendor::groq, json{{"preset", "tokens_per_minute"}});
  REQUIRE(error.tokens_limit);
  CHECK(*error.tokens_limit == 6000);
}

TEST_CASE("an OpenAI account without money is billing, not a rate") {
  for (const char* code : {"insufficient_quota", "billing_hard_limit_reached", "billing_not_active"}) {
    const ProviderError error =
        error_of(Vendor::openai, 429,
                 json{{"error", {{"message", "You exceeded"}, {"type", code}, {"code", code}}}}.dump());
    INFO(code);
    CHECK(error.kind == ErrorKind::billing);
    CHECK(error.retry_at == kNow + 24h);
  }
}

TEST_CASE("an Anthropic spend limit lasts until the first of the month") {
  const ProviderError error = error_of(
      Vendor::anthropic, 429,
      R"({"type":"error","error":{"type":"rate_limit_error","message":"This request would exceed your spend limit","details":{"error_code":"spend_limit_reached"}}})");
  CHECK(error.kind == ErrorKind::billing);
  CHECK(error.retry_at == first_of_next_month_utc(kNow));
}

TEST_CASE("servers of one's own: loading, plain text, nothing at all") {
  CHECK(error_of(Vendor::openai, 503, R"({"error":{"message":"Loading model","code":503}})").kind ==
        ErrorKind::overloaded);
  CHECK(error_of(Vendor::openai, 404, R"({"error":"model 'x' not found"})").kind == ErrorKind::model_gone);
  CHECK(error_of(Vendor::openai, 404, "404 page not found").kind == ErrorKind::bad_request);
  for (const int status : {100, 204, 302, 400, 401, 418, 422, 500, 502, 529, 599, 999}) {
    for (const std::string& body : {std::string(), std::string("x"), std::string("null"), std::string("[]"),
                                    std::string("{\"error\":null}"), std::string("{\"error\":5}"),
                                    std::string("\xff\xfe"), std::string(1000, '[')}) {
      INFO(status << " " << body);
      const ProviderError error = error_of(Vendor::openai, status, body);
      CHECK(!error.message.empty());
    }
  }
}

TEST_CASE("a key that the provider repeats is masked") {
  for (const Vendor vendor : {Vendor::gemini, Vendor::openai, Vendor::anthropic}) {
    const ProviderError error = error_of(
        vendor, 401, R"({"error":{"message":"Incorrect API key provided: the-secret-key-0123456789"}})");
    CHECK(error.message.find("secret-key") == std::string::npos);
    CHECK(error.message.find("Incorrect") != std::string::npos);
  }
}

TEST_CASE("whole answers are read with their usage, and thoughts are left out") {
  for (const Vendor vendor : {Vendor::gemini, Vendor::groq, Vendor::openai, Vendor::anthropic}) {
    const auto completion = read(vendor, test::fake_step(vendor, json{{"ok", "the answer"}}));
    REQUIRE(completion);
    CHECK(completion->text == "the answer");
    CHECK(completion->stop_reason == StopReason::complete);
    CHECK(completion->usage.input_tokens > 0);
    CHECK(completion->usage.output_tokens > 0);
    CHECK(!completion->model.empty());
  }
  FakeStep parts;
  parts.body =
      R"({"candidates":[{"content":{"parts":[{"text":"secret thought","thought":true},{"text":"a"},{"inlineData":{}},{"text":"b"}]},"finishReason":"STOP"}]})";
  const auto joined = read(Vendor::gemini, parts);
  REQUIRE(joined);
  CHECK(joined->text == "ab");
}

TEST_CASE("finish reasons that nobody knows yet are a failed attempt") {
  for (const char* reason : {"LANGUAGE", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
                             "MALFORMED_FUNCTION_CALL", "RECITATION", "SOMETHING_NEW"}) {
    FakeStep step;
    step.body = std::string(R"({"candidates":[{"content":{"parts":[{"text":"x"}]},"finishReason":")") +
                reason + "\"}]}";
    INFO(reason);
    CHECK(!read(Vendor::gemini, step));
  }
  FakeStep chat;
  chat.body = R"({"choices":[{"message":{"content":"x"},"finish_reason":"new_reason"}]})";
  CHECK(!read(Vendor::groq, chat));
}

TEST_CASE("an answer that was cut is none that may be used") {
  for (const Vendor vendor : {Vendor::gemini, Vendor::groq, Vendor::openai}) {
    const auto cut = read(vendor, test::fake_step(vendor, json{{"preset", "length"}}));
    REQUIRE(cut);
    CHECK(cut->stop_reason == StopReason::length);
  }
  FakeStep claude;
  claude.body = R"({"content":[{"type":"text","text":"x"}],"stop_reason":"model_context_window_exceeded"})";
  const auto exceeded = read(Vendor::anthropic, claude);
  CHECK((!exceeded || exceeded->stop_reason != StopReason::complete));
}

TEST_CASE("200s of every wrong shape are errors, not crashes") {
  for (const std::string& body :
       {std::string("{}"), std::string("[]"), std::string("null"), std::string("5"),
        std::string("{\"candidates\":[]}"), std::string("{\"candidates\":5}"),
        std::string("{\"candidates\":[{}]}"),
        std::string("{\"candidates\":[{\"content\":{\"parts\":5},\"finishReason\":\"STOP\"}]}"),
        std::string("{\"choices\":[{\"message\":{\"content\":null},\"finish_reason\":\"stop\"}]}"),
        std::string("{\"choices\":[{\"message\":5}]}"),
        std::string("{\"content\":[{\"type\":\"text\"}],\"stop_reason\":\"end_turn\"}"),
        std::string("{\"content\":\"x\"}")}) {
    for (const Vendor vendor : {Vendor::gemini, Vendor::groq, Vendor::anthropic}) {
      FakeStep step;
      step.body = body;
      INFO(body);
      CHECK(!read(vendor, step));
    }
  }
}

}  // namespace
}  // namespace autofix::providers
