// What needs no socket: times on the wire, calendars, the breaker, quota headers, admission.
#include <nlohmann/json.hpp>

#include "providers/calendar.h"
#include "providers/circuit_breaker.h"
#include "providers/dialects/dialect.h"
#include "providers/http_client.h"
#include "providers/key_id.h"
#include "providers/quota_ledger.h"
#include "providers/retry_policy.h"
#include "providers/routing.h"
#include "providers/wire_time.h"
#include "tests/support/catch.h"

namespace autofix::providers {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

WallTime at(const std::string& text) {
  const auto time = parse_rfc3339(text);
  REQUIRE(time);
  return *time;
}

TEST_CASE("durations as Go and protobuf write them") {
  CHECK(parse_duration("2m59.56s") == 179'560ms);
  CHECK(parse_duration("7.66s") == 7'660ms);
  CHECK(parse_duration("577.5ms") == 578ms);
  CHECK(parse_duration("36.123456789s") == 36'124ms);
  CHECK(parse_duration("1h2m3s") == 3'723'000ms);
  CHECK(parse_duration("0s") == 0ms);
  CHECK(parse_duration("120us") == 1ms);
  for (const char* text :
       {"", "s", "5", "-5s", "5x", "5s ", "1e3s", "5s5", "..5s", "1h-2m", "99999999999999999999999h2"}) {
    INFO(text);
    CHECK(!parse_duration(text));
  }
  REQUIRE(parse_duration("999999999999999h"));
  CHECK(*parse_duration("999999999999999h") <= std::chrono::hours(24 * 366 * 10));
}

TEST_CASE("dates and delays in texts") {
  CHECK(parse_rfc3339("2026-11-23T20:30:00Z") == parse_rfc3339("2026-11-23T21:30:00+01:00"));
  CHECK(*parse_rfc3339("2026-11-23T20:30:00.5Z") - *parse_rfc3339("2026-11-23T20:30:00Z") == 500ms);
  for (const char* text :
       {"", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T25:00:00Z", "x"}) {
    INFO(text);
    CHECK(!parse_rfc3339(text));
  }
  CHECK(delay_in_text("Please try again in 5.289s. Visit") == 5'289ms);
  CHECK(delay_in_text("Please retry in 36.1s.") == 36'100ms);
  CHECK(delay_in_text("wait and try again in 20 seconds") == 20'000ms);
  CHECK(!delay_in_text("try again later"));
  const WallTime now = at("2026-02-22T12:00:00Z");
  CHECK(retry_time(now, 0ms) == now + 1s);
  CHECK(retry_time(now, std::chrono::hours(1000)) == now + 24h);
}

TEST_CASE("midnight in Los Angeles, on the days when the clocks change, too") {
  CHECK(next_midnight_los_angeles(at("2026-02-22T12:00:00Z")) == at("2026-02-23T08:00:00Z"));
  CHECK(next_midnight_los_angeles(at("2026-02-23T08:00:00Z")) ==
        at("2026-02-24T08:00:00Z"));  // strictly after
  CHECK(next_midnight_los_angeles(at("2026-07-01T06:59:59Z")) == at("2026-07-01T07:00:00Z"));
  // 2026: daylight time from March 8, 02:00 to November 1, 02:00.
  CHECK(next_midnight_los_angeles(at("2026-03-08T07:59:59Z")) == at("2026-03-08T08:00:00Z"));
  CHECK(next_midnight_los_angeles(at("2026-03-08T08:00:00Z")) == at("2026-03-09T07:00:00Z"));
  CHECK(next_midnight_los_angeles(at("2026-11-01T06:59:59Z")) == at("2026-11-01T07:00:00Z"));
  CHECK(next_midnight_los_angeles(at("2026-11-01T07:00:00Z")) == at("2026-11-02T08:00:00Z"));
  CHECK(first_of_next_month_utc(at("2026-12-31T23:59:59Z")) == at("2027-01-01T00:00:00Z"));
  CHECK(first_of_next_month_utc(at("2026-02-01T00:00:00Z")) == at("2026-03-01T00:00:00Z"));
}

TEST_CASE("three failures in a row open the breaker, and each time for longer") {
  WallTime now = at("2026-02-22T12:00:00Z");
  BreakerState state;
  state = after_failure(state, now, 0.5);
  state = after_failure(state, now, 0.5);
  CHECK(phase_at(state, now) == BreakerState::Phase::closed);
  state = after_failure(state, now, 0.5);
  CHECK(phase_at(state, now) == BreakerState::Phase::open);
  auto last = std::chrono::duration_cast<Milliseconds>(state.open_until - now);
  CHECK(last >= 4s);
  CHECK(last <= 6s);
  for (int i = 0; i < 10; ++i) {
    now = state.open_until;
    CHECK(phase_at(state, now) == BreakerState::Phase::half_open);
    state = after_failure(state, now, 0.5);
    CHECK(phase_at(state, now) == BreakerState::Phase::open);
    const auto open = std::chrono::duration_cast<Milliseconds>(state.open_until - now);
    CHECK(open >= last);
    CHECK(open <= 360s);
    last = open;
  }
  CHECK(last >= 240s);
  now = state.open_until;
  state = after_success(state, now);
  CHECK(phase_at(state, now) == BreakerState::Phase::closed);
}

TEST_CASE("half of five within a minute open it as well, old ones do not count") {
  WallTime now = at("2026-02-22T12:00:00Z");
  BreakerState state;
  for (const bool ok : {true, false, true, false, false}) {
    state = ok ? after_success(state, now) : after_failure(state, now, 0.5);
    now += 1s;
  }
  CHECK(phase_at(state, now) == BreakerState::Phase::open);
  BreakerState slow;
  for (const bool ok : {true, false, true, false, true, false, true, false}) {
    slow = ok ? after_success(slow, now) : after_failure(slow, now, 0.5);
    now += 40s;
  }
  CHECK(phase_at(slow, now) == BreakerState::Phase::closed);
}

TEST_CASE("what is repeated and what the breaker counts") {
  ProviderError error;
  for (const ErrorKind kind : {ErrorKind::quota_exhausted, ErrorKind::rate_limited, ErrorKind::auth_failed,
                               ErrorKind::billing, ErrorKind::model_gone, ErrorKind::bad_request,
                               ErrorKind::refused, ErrorKind::too_large, ErrorKind::cancelled}) {
    error.kind = kind;
    INFO(name_of(kind));
    CHECK(!worth_repeating(error));
    CHECK(!counts_for_breaker(error));
  }
  error.scope = Scope::provider;
  error.kind = ErrorKind::timeout;
  CHECK(!worth_repeating(error));
  CHECK(counts_for_breaker(error));
  error.kind = ErrorKind::overloaded;
  CHECK(worth_repeating(error));
  CHECK(counts_for_breaker(error));
  for (int repeat = 0; repeat < 40; ++repeat) {
    CHECK(backoff(repeat, kTransientBackoff, 0.0) == 0ms);
    CHECK(backoff(repeat, kTransientBackoff, 0.999) <= 10s);
  }
}

TEST_CASE("rate limit headers of all vendors, and nonsense in them") {
  const WallTime now = at("2026-02-22T12:00:00Z");
  const QuotaSnapshot groq = read_quota_headers({{"x-ratelimit-limit-requests", "14400"},
                                                 {"X-RateLimit-Remaining-Requests", "14370"},
                                                 {"x-ratelimit-reset-requests", "2m59.56s"},
                                                 {"x-ratelimit-limit-tokens", "8000"},
                                                 {"x-ratelimit-remaining-tokens", "7997"},
                                                 {"x-ratelimit-reset-tokens", "7.66s"}},
                                                now);
  CHECK(groq.requests_limit == 14400);
  CHECK(groq.requests_remaining == 14370);
  CHECK(groq.requests_reset == now + 179'560ms);
  CHECK(groq.tokens_remaining == 7997);
  CHECK(groq.tokens_reset == now + 7'660ms);
  const QuotaSnapshot claude =
      read_quota_headers({{"anthropic-ratelimit-requests-remaining", "0"},
                          {"anthropic-ratelimit-requests-reset", "2026-02-22T12:00:30Z"}},
                         now);
  CHECK(claude.requests_remaining == 0);
  CHECK(claude.requests_reset == now + 30s);
  const QuotaSnapshot bad = read_quota_headers({{"x-ratelimit-limit-requests", "many"},
                                                {"x-ratelimit-remaining-tokens", "-5"},
                                                {"x-ratelimit-reset-tokens", "soon"},
                                                {"x-ratelimit-limit-tokens", "99999999999999"}},
                                               now);
  CHECK(!bad.requests_limit);
  CHECK(!bad.tokens_reset);
}

TEST_CASE("a request is cut to what the link takes, or is not sent") {
  const auto fits = admit(1'000, 8'192, 131'072, std::nullopt);
  REQUIRE(fits);
  CHECK(fits->max_output_tokens == 8'192);
  const auto cut = admit(3'000, 8'192, 131'072, 8'000);
  REQUIRE(cut);
  CHECK(cut->max_input_tokens + cut->max_output_tokens <= 7'000);
  CHECK(cut->max_output_tokens >= 1'024);
  CHECK(cut->max_input_tokens >= 3'000);
  CHECK(!admit(7'500, 8'192, 131'072, 8'000));
  CHECK(!admit(200'000, 8'192, 131'072, std::nullopt));
}

std::vector<std::size_t> order(Routing routing, const std::vector<LinkFacts>& links) {
  return routed(routing, links);
}

TEST_CASE("links in the order of what is known of them") {
  using Order = std::vector<std::size_t>;
  const std::vector<LinkFacts> links = {
      {true, 900ms, 0.02, 0.1}, {true, 300ms, 0.0, 0.5}, {true, 500ms, 0.01, 0.9}, {false, {}, 0.0, {}}};
  CHECK(order(Routing::ordered, links) == Order{0, 1, 2, 3});
  CHECK(order(Routing::fastest, links) == Order{1, 2, 0, 3});
  CHECK(order(Routing::cheapest, links) == Order{1, 2, 0, 3});
  CHECK(order(Routing::roomiest, links) == Order{2, 1, 0, 3});
  // Nothing known: as configured; unknown ones are found out.
  const std::vector<LinkFacts> fresh(3);
  CHECK(order(Routing::fastest, fresh) == Order{0, 1, 2});
  CHECK(order(Routing::roomiest, fresh) == Order{0, 1, 2});
  CHECK(order(Routing::fastest, {{true, 900ms, 0, {}}, {true, {}, 0, {}}}) == Order{1, 0});
  CHECK(order(Routing::fastest, {}).empty());
  // What is no provider keeps its place.
  CHECK(order(Routing::cheapest, {{true, {}, 0.5, {}}, {false, {}, 0, {}}, {true, {}, 0.1, {}}}) ==
        Order{2, 1, 0});
}

TEST_CASE("latencies are smoothed") {
  CHECK(smoothed_latency(std::nullopt, 400ms) == 400ms);
  CHECK(smoothed_latency(400ms, 800ms) == 500ms);
}

TEST_CASE("key ids tell keys apart and hold nothing of them") {
  const std::string id = key_id("the-secret-key-0123456789");
  CHECK(id == key_id("the-secret-key-0123456789"));
  CHECK(id != key_id("the-secret-key-0123456780"));
  CHECK(id.find("secret") == std::string::npos);
  CHECK(id.size() <= 32);
}

TEST_CASE("base URLs") {
  REQUIRE(parse_base_url("https://api.example.com/v1/"));
  CHECK(parse_base_url("https://api.example.com/v1/")->path == "/v1");
  CHECK(parse_base_url("http://127.0.0.1:8080")->origin == "http://127.0.0.1:8080");
  for (const char* url : {"http://example.com", "http://127.0.0.1.evil.com", "https://", "ftp://x",
                          "https://u:p@x", "https://x/?k=v", "http://localhost.evil.com/", ""}) {
    INFO(url);
    CHECK(!parse_base_url(url));
  }
  CHECK(is_loopback_host("localhost"));
  CHECK(is_loopback_host("127.0.0.1"));
  CHECK(!is_loopback_host("127.0.0.1.evil.com"));
}

Prompt prompt(const std::string& schema = {}) {
  Prompt result;
  result.system = "be brief";
  result.messages = {
      {Message::Role::user, "q1"}, {Message::Role::assistant, "a1"}, {Message::Role::user, "q2"}};
  result.reply_schema = schema;
  result.max_output_tokens = 500;
  return result;
}

CallTarget target(const std::string& link, const std::string& model) {
  CallTarget result;
  result.link = link;
  result.model = model;
  result.key = "the-key";
  result.max_output_tokens = 500;
  return result;
}

TEST_CASE("requests as each vendor documents them") {
  const std::string schema =
      R"({"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false})";
  const HttpRequest gemini = dialect(DialectKind::gemini).encode(target("gemini", "m"), prompt());
  CHECK(gemini.path == "/models/m:generateContent");
  CHECK(gemini.path.find("key") == std::string::npos);
  CHECK(header_value(gemini.headers, "x-goog-api-key") == "the-key");
  const json body = json::parse(gemini.body);
  CHECK(body.at("systemInstruction").at("parts").at(0).at("text") == "be brief");
  CHECK(body.at("contents").at(1).at("role") == "model");
  CHECK(body.at("contents").at(2).at("parts").at(0).at("text") == "q2");
  CHECK(body.at("generationConfig").at("maxOutputTokens") == 500);
  CHECK(json::parse(dialect(DialectKind::gemini).encode(target("gemini", "m"), prompt(schema)).body)
            .at("generationConfig")
            .at("responseMimeType") == "application/json");

  const HttpRequest groq = dialect(DialectKind::openai).encode(target("groq", "m"), prompt());
  CHECK(groq.path == "/chat/completions");
  CHECK(header_value(groq.headers, "authorization") == "Bearer the-key");
  const json chat = json::parse(groq.body);
  CHECK(chat.at("model") == "m");
  CHECK(chat.at("messages").at(0) == json{{"role", "system"}, {"content", "be brief"}});
  CHECK(chat.at("messages").at(2).at("role") == "assistant");
  CHECK(!chat.contains("response_format"));
  CHECK(json::parse(dialect(DialectKind::openai).encode(target("groq", "m"), prompt(schema)).body)
            .contains("response_format"));

  const HttpRequest claude = dialect(DialectKind::anthropic).encode(target("anthropic", "m"), prompt());
  CHECK(claude.path == "/messages");
  CHECK(header_value(claude.headers, "x-api-key") == "the-key");
  CHECK(header_value(claude.headers, "anthropic-version") == "2023-06-01");
  const json messages = json::parse(claude.body);
  CHECK(messages.at("system") == "be brief");
  CHECK(messages.at("max_tokens") == 500);
  CHECK(messages.at("messages").size() == 3);
  CHECK(!messages.contains("max_completion_tokens"));
}

TEST_CASE("bytes that are no UTF-8 do not stop a request") {
  Prompt broken = prompt();
  broken.messages[0].text = "caf\xe9";
  for (const DialectKind kind : {DialectKind::gemini, DialectKind::openai, DialectKind::anthropic}) {
    CHECK(json::accept(dialect(kind).encode(target("x", "m"), broken).body));
  }
}

}  // namespace
}  // namespace autofix::providers
