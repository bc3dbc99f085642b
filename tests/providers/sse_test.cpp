// Streams as pure values: the event-stream rules, and what each dialect's events fold into.
#include "providers/sse.h"

#include <nlohmann/json.hpp>

#include "providers/classify.h"
#include "providers/dialects/dialect.h"
#include "providers/dialects/stream.h"
#include "tests/support/catch.h"

namespace autofix::providers {
namespace {

using nlohmann::json;

/// `type|data` of each event, with the stream given in pieces of one size.
std::vector<std::string> events_of(const std::string& stream, std::size_t piece) {
  SseReader reader;
  std::vector<std::string> seen;
  for (std::size_t at = 0; at < stream.size(); at += piece) {
    for (const SseEvent& event : reader.feed(std::string_view(stream).substr(at, piece))) {
      seen.push_back(event.type + "|" + event.data);
    }
  }
  return seen;
}

TEST_CASE("events by the rules of WHATWG, in pieces of any size") {
  struct Row {
    const char* stream;
    std::vector<std::string> events;
  };
  const Row rows[] = {
      {"data: a\n\ndata: b\n\n", {"|a", "|b"}},
      {"data: a\r\n\r\ndata: b\r\n\r\n", {"|a", "|b"}},
      {"data: a\r\rdata: b\r\r", {"|a", "|b"}},
      {"data: a\r\ndata: b\rdata: c\n\n", {"|a\nb\nc"}},
      {"data:a\ndata:  b\n\n", {"|a\n b"}},
      {": a comment\n\ndata: a\n: another\n\n", {"|a"}},
      {"\xEF\xBB\xBF"
       "data: a\n\ndata: \xEF\xBB\xBF\n\n",
       {"|a", "|\xEF\xBB\xBF"}},
      {"event: e\ndata: a\n\ndata: b\n\n", {"e|a", "|b"}},
      {"event: lost\n\ndata: b\n\n", {"|b"}},
      {"data\n\ndata\ndata\n\ndata:\n\n", {"|", "|\n", "|"}},
      {"id: 1\nretry: 5\nother: x\ndatax: y\ndata: a\n\n", {"|a"}},
      {"data: a\n\ndata: the end is missing\n", {"|a"}},
      {"data: a\n\ndata: the end", {"|a"}},
      {"\n\n\r\n", {}},
      {"", {}},
  };
  for (const Row& row : rows) {
    for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
      INFO(row.stream << " by " << piece);
      CHECK(events_of(row.stream, piece) == row.events);
    }
  }
}

TEST_CASE("an event without an end is given up at the cap") {
  for (const char* part : {"data: 0123456789\n", "data 0123456789"}) {
    SseReader reader;
    std::size_t fed = 0;
    while (!reader.overflowed() && fed < 3 * SseReader::kMaxEventBytes) {
      CHECK(reader.feed(part).empty());
      fed += std::string_view(part).size();
    }
    CHECK(reader.overflowed());
    CHECK(reader.feed("\n\ndata: a\n\n").empty());
  }
}

// What each dialect's events fold into
// -----------------------------------------------------------------------

std::string event(const char* data) {
  return std::string("data: ") + data + "\n\n";
}

const char* kGeminiText =
    R"({"candidates":[{"content":{"parts":[{"text":"thinking","thought":true},{"text":"a"}]}}],
"usageMetadata":{"promptTokenCount":7}})";

HttpReply stream_reply(std::string body) {
  return {200, {{"Content-Type", "text/event-stream; charset=utf-8"}}, std::move(body)};
}

tl::expected<Completion, ProviderError> read(DialectKind kind, std::string body) {
  // A line of ours is folded for reading only.
  for (std::size_t at = body.find(",\n\""); at != std::string::npos; at = body.find(",\n\""))
    body.erase(at + 1, 1);
  return read_response(kind, stream_reply(std::move(body)), WallTime{}, "");
}

TEST_CASE("Gemini: pieces are one text, thoughts are none of it, the last word is the usage") {
  const auto whole = read(
      DialectKind::gemini,
      event(kGeminiText) + event(R"({"candidates":[{"index":0,"content":{"parts":[{"text":"b"}]}},
"x"]})") +
          event(R"({"candidates":[{"index":1,"content":{"parts":[{"text":"no"}]},"finishReason":"STOP"}]})") +
          event(R"({"candidates":[{"content":{"parts":[{"text":""}]},"finishReason":"STOP"}],
"usageMetadata":{"promptTokenCount":7,"candidatesTokenCount":2,"thoughtsTokenCount":3},"modelVersion":"g"})"));
  REQUIRE(whole);
  CHECK(whole->text == "ab");
  CHECK(whole->model == "g");
  CHECK(whole->usage.input_tokens == 7);
  CHECK(whole->usage.output_tokens == 5);
  const auto blocked = read(DialectKind::gemini, event(R"({"promptFeedback":{"blockReason":"SAFETY"}})"));
  REQUIRE(!blocked);
  CHECK(blocked.error().kind == ErrorKind::refused);
}

TEST_CASE("OpenAI: content only, of the first choice, and the usage wherever it stands") {
  const std::string text =
      event(R"({"model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]})") +
      event(R"({"choices":[{"index":0,"delta":{"reasoning":"hm","reasoning_content":"hm"}}]})") +
      event(R"({"choices":[{"index":1,"delta":{"content":"no"},"finish_reason":"length"}]})") +
      event(R"({"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":null}]})") +
      event(R"({"choices":[{"delta":{"content":[{"type":"text","text":"b"}]}}]})");
  const std::string stop = event(
      R"({"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{"usage":{"prompt_tokens":3}}})");
  const std::string usage = event(R"({"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":6}})");
  const std::string done = event("[DONE]");
  for (const std::string& end : {stop + done, stop, done, stop + usage + done, usage + done}) {
    const auto whole = read(DialectKind::openai, text + end);
    INFO(end);
    REQUIRE(whole);
    CHECK(whole->text == "ab");
    CHECK(whole->model == "m");
    CHECK(whole->stop_reason == StopReason::complete);
    if (end.find("completion_tokens") != std::string::npos) CHECK(whole->usage.output_tokens == 6);
  }
  CHECK(read(DialectKind::openai, text + stop)->usage.input_tokens == 3);
  const auto refused = read(DialectKind::openai, event(R"({"choices":[{"delta":{"refusal":"no"}}]})") + stop);
  REQUIRE(!refused);
  CHECK(refused.error().kind == ErrorKind::refused);
}

const std::string kClaudeStart =
    event(
        R"({"type":"message_start","message":{"model":"c","content":[],"stop_reason":null,"usage":{"input_tokens":4,"output_tokens":1}}})") +
    event(R"({"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}})") +
    event(R"({"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}})") +
    event(R"({"type":"content_block_start","index":1,"content_block":{"type":"text","text":"a"}})") +
    event(R"({"type":"ping"})") +
    event(R"({"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"b"}})") +
    event(R"({"type":"content_block_stop","index":1})");
const std::string kClaudeDelta =
    event(R"({"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}})");
const std::string kClaudeStop = event(R"({"type":"message_stop"})");

TEST_CASE("Anthropic: text blocks only, usage from both ends") {
  const auto whole = read(DialectKind::anthropic, kClaudeStart + kClaudeDelta + kClaudeStop);
  REQUIRE(whole);
  CHECK(whole->text == "ab");
  CHECK(whole->model == "c");
  CHECK(whole->usage.input_tokens == 4);
  CHECK(whole->usage.output_tokens == 9);
}

TEST_CASE("a stream without its end marker is a failed attempt") {
  const std::pair<DialectKind, std::string> cut[] = {
      {DialectKind::gemini, event(kGeminiText)},
      {DialectKind::openai, event(R"({"choices":[{"delta":{"content":"a"}}]})")},
      {DialectKind::openai, event(R"({"choices":[{"delta":{"content":"a"}}]})") + "data: [DONE]\n"},
      {DialectKind::anthropic, kClaudeStart},
      {DialectKind::anthropic, kClaudeStart + kClaudeDelta},
      {DialectKind::anthropic, kClaudeDelta + kClaudeStop},
      {DialectKind::openai, event(R"({"choices":[{"delta":{"content":"a"}}]})") + event("{\"choi")},
      {DialectKind::openai, ": ping\n\n"},
      {DialectKind::gemini, ""},
  };
  for (const auto& [kind, body] : cut) {
    const auto reply = read(kind, body);
    INFO(body);
    REQUIRE(!reply);
    CHECK(reply.error().kind == ErrorKind::malformed_reply);
    CHECK(reply.error().scope == Scope::provider);
  }
}

TEST_CASE("an error within a stream counts like one inside a 200") {
  const std::string chat = event(R"({"choices":[{"delta":{"content":"a"}}]})");
  struct Row {
    DialectKind dialect;
    std::string body;
    ErrorKind kind;
  };
  const Row rows[] = {
      {DialectKind::gemini,
       event(kGeminiText) + event(R"({"error":{"code":503,"message":"m","status":"UNAVAILABLE"}})"),
       ErrorKind::overloaded},
      {DialectKind::gemini, event(R"([{"error":{"code":429,"message":"m","status":"RESOURCE_EXHAUSTED"}}])"),
       ErrorKind::quota_exhausted},
      {DialectKind::gemini, R"([{"error":{"code":503,"message":"m","status":"UNAVAILABLE"}}])",
       ErrorKind::overloaded},
      {DialectKind::openai, chat + event(R"({"error":{"message":"m","type":"server_error","code":503}})"),
       ErrorKind::overloaded},
      {DialectKind::openai, chat + event(R"({"error":{"message":"upstream","type":"server_error"}})"),
       ErrorKind::malformed_reply},
      {DialectKind::openai, chat + "event: error\ndata: {\"message\":\"overloaded\"}\n\n",
       ErrorKind::overloaded},
      {DialectKind::openai, chat + "event: error\ndata: the server is overloaded\n\n", ErrorKind::overloaded},
      {DialectKind::openai,
       chat + event(R"({"choices":[],"x_groq":{"id":"r","error":"over capacity: overloaded"}})"),
       ErrorKind::overloaded},
      {DialectKind::anthropic,
       kClaudeStart + "event: error\ndata: "
                      "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"m\"}}\n\n",
       ErrorKind::overloaded},
  };
  for (const Row& row : rows) {
    const auto reply = read(row.dialect, row.body);
    INFO(row.body);
    REQUIRE(!reply);
    CHECK(reply.error().kind == row.kind);
  }
}

TEST_CASE("what is a stream is seen from its bytes where the type is wrong") {
  const std::string chat = event(R"({"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]})");
  CHECK(is_event_stream({200, {{"content-type", "TEXT/event-stream"}}, chat}));
  CHECK(is_event_stream({200, {{"content-type", "text/plain"}}, chat}));
  CHECK(!is_event_stream({200, {{"content-type", "text/event-stream"}}, " {\"choices\":[]}"}));
  CHECK(!is_event_stream({200, {{"content-type", "application/json"}}, "{}"}));
  CHECK(!is_event_stream({200, {{"content-type", "text/html"}}, "<html>data: x\n\n"}));
}

TEST_CASE("requests for a stream as each vendor documents them") {
  CallTarget target;
  target.link = "groq";
  target.model = "m";
  target.stream = true;
  Prompt prompt;
  prompt.messages = {{Message::Role::user, "q"}};
  const HttpRequest gemini = dialect(DialectKind::gemini).encode(target, prompt);
  CHECK(gemini.path == "/models/m:streamGenerateContent?alt=sse");
  CHECK(gemini.stream);
  CHECK(!json::parse(gemini.body).contains("stream"));
  const HttpRequest chat = dialect(DialectKind::openai).encode(target, prompt);
  CHECK(json::parse(chat.body).at("stream") == true);
  CHECK(!json::parse(chat.body).contains("stream_options"));  // Groq
  target.link = "openai";
  CHECK(json::parse(dialect(DialectKind::openai).encode(target, prompt).body).at("stream_options") ==
        json{{"include_usage", true}});
  const HttpRequest claude = dialect(DialectKind::anthropic).encode(target, prompt);
  CHECK(json::parse(claude.body).at("stream") == true);
  CHECK(claude.stream);
  target.stream = false;
  for (const DialectKind kind : {DialectKind::gemini, DialectKind::openai, DialectKind::anthropic}) {
    const HttpRequest plain = dialect(kind).encode(target, prompt);
    CHECK(!plain.stream);
    CHECK(plain.body.find("stream") == std::string::npos);
    CHECK(plain.path.find("stream") == std::string::npos);
  }
}

TEST_CASE("who knows no streaming") {
  const std::string own = R"({"error":{"code":404,"message":"models/x is not found","status":"NOT_FOUND"}})";
  CHECK(!refuses_streaming(DialectKind::gemini, {404, {}, own}));
  CHECK(refuses_streaming(DialectKind::gemini, {404, {}, "404 page not found"}));
  CHECK(refuses_streaming(DialectKind::gemini, {404, {}, R"({"detail":"Not Found"})"}));
  CHECK(refuses_streaming(
      DialectKind::gemini,
      {404, {}, R"({"error":{"code":404,"status":"NOT_FOUND","message":"no such path"}})"}));
  CHECK(
      refuses_streaming(DialectKind::openai,
                        {422, {}, R"({"error":{"message":"stream_options: extra fields not permitted"}})"}));
  CHECK(refuses_streaming(DialectKind::openai, {501, {}, ""}));
  CHECK(!refuses_streaming(DialectKind::openai, {404, {}, R"({"error":{"message":"no such model"}})"}));
  CHECK(!refuses_streaming(DialectKind::openai, {400, {}, R"({"error":{"message":"bad"}})"}));
  CHECK(!refuses_streaming(DialectKind::openai, {503, {}, R"({"error":{"message":"upstream"}})"}));
  CHECK(!refuses_streaming(DialectKind::gemini, {200, {}, ""}));
}

}  // namespace
}  // namespace autofix::providers
