#include "tests/support/vendor_streams.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace autofix::test {
namespace {

using nlohmann::json;

std::string event(const json& data) {
  return "data: " + data.dump() + "\n\n";
}

std::string named_event(const json& data) {
  return "event: " + data["type"].get<std::string>() + "\ndata: " + data.dump() + "\n\n";
}

/// At least three pieces of the text where it is long enough, none of which breaks a character.
std::vector<std::string> pieces_of(const std::string& text) {
  std::vector<std::string> pieces;
  const std::size_t least = std::max<std::size_t>(1, text.size() / 4);
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(text.size(), at + least);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) ++end;
    pieces.push_back(text.substr(at, end - at));
    at = end;
  }
  return pieces;
}

std::vector<std::string> gemini_events(const json& body) {
  if (!body.contains("candidates")) return {event(body)};
  const json& candidate = body["candidates"][0];
  const std::string text =
      candidate.contains("content") ? candidate["content"]["parts"][0].value("text", std::string()) : "";
  std::vector<std::string> events;
  json part = body;
  part["candidates"][0].erase("finishReason");
  part["usageMetadata"] = {{"promptTokenCount", 1200}, {"totalTokenCount", 1200}};
  for (const std::string& piece : pieces_of(text)) {
    part["candidates"][0]["content"]["parts"][0]["text"] = piece;
    events.push_back(event(part));
  }
  // The last one says why, and holds the whole count.
  json last = body;
  if (candidate.contains("content")) last["candidates"][0]["content"]["parts"][0]["text"] = "";
  events.push_back(event(last));
  return events;
}

std::vector<std::string> chat_events(Vendor vendor, const json& body, bool with_usage) {
  if (!body.contains("choices")) return {event(body)};
  const json& choice = body["choices"][0];
  json part = {{"id", body["id"]},
               {"object", "chat.completion.chunk"},
               {"created", body["created"]},
               {"model", body["model"]}};
  const auto delta = [&](json value, json reason = nullptr) {
    part["choices"] = {{{"index", 0},
                        {"delta", std::move(value)},
                        {"logprobs", nullptr},
                        {"finish_reason", std::move(reason)}}};
    return event(part);
  };
  std::vector<std::string> events = {delta({{"role", "assistant"}, {"content", ""}})};
  if (vendor == Vendor::groq)
    events.push_back(delta({{"reasoning", "The user wants"}, {"channel", "analysis"}}));
  for (const std::string& piece : pieces_of(choice["message"].value("content", std::string()))) {
    events.push_back(delta({{"content", piece}}));
  }
  if (choice["message"].contains("refusal"))
    events.push_back(delta({{"refusal", choice["message"]["refusal"]}}));
  if (choice["finish_reason"].is_null()) return events;
  if (vendor == Vendor::groq) part["x_groq"] = {{"id", "req_fake"}, {"usage", body["usage"]}};
  events.push_back(delta(json::object(), choice["finish_reason"]));
  if (vendor == Vendor::openai && with_usage) {
    part["choices"] = json::array();
    part["usage"] = body["usage"];
    events.push_back(event(part));
  }
  events.emplace_back("data: [DONE]\n\n");
  return events;
}

std::vector<std::string> message_events(const json& body) {
  if (!body.contains("content")) return {named_event(body)};
  json opened = body;
  opened["content"] = json::array();
  opened["stop_reason"] = nullptr;
  opened["usage"]["output_tokens"] = 1;
  std::vector<std::string> events = {named_event({{"type", "message_start"}, {"message", opened}}),
                                     named_event({{"type", "content_block_start"},
                                                  {"index", 0},
                                                  {"content_block", {{"type", "text"}, {"text", ""}}}}),
                                     named_event({{"type", "ping"}})};
  for (const std::string& piece : pieces_of(body["content"][0]["text"].get<std::string>())) {
    events.push_back(named_event({{"type", "content_block_delta"},
                                  {"index", 0},
                                  {"delta", {{"type", "text_delta"}, {"text", piece}}}}));
  }
  events.push_back(named_event({{"type", "content_block_stop"}, {"index", 0}}));
  events.push_back(named_event({{"type", "message_delta"},
                                {"delta", {{"stop_reason", body["stop_reason"]}, {"stop_sequence", nullptr}}},
                                {"usage", {{"output_tokens", body["usage"]["output_tokens"]}}}}));
  events.push_back(named_event({{"type", "message_stop"}}));
  return events;
}

std::string error_event(Vendor vendor, const std::string& message) {
  switch (vendor) {
    case Vendor::gemini:
      return event({{"error", {{"code", 503}, {"message", message}, {"status", "UNAVAILABLE"}}}});
    case Vendor::anthropic:
      return named_event(
          {{"type", "error"}, {"error", {{"type", "overloaded_error"}, {"message", message}}}});
    case Vendor::groq:
    case Vendor::openai:
      break;
  }
  return event({{"error", {{"message", message}, {"type", "server_error"}, {"code", nullptr}}}});
}

}  // namespace

bool wants_stream(Vendor vendor, const RecordedRequest& request) {
  if (vendor == Vendor::gemini) return request.path.ends_with(":streamGenerateContent?alt=sse");
  const json body = json::parse(request.body, nullptr, false);
  return body.is_object() && body.contains("stream") && body["stream"] == true;
}

std::vector<std::string> stream_events(Vendor vendor, const FakeStep& step, const RecordedRequest& request) {
  const json body = json::parse(step.body);
  const json asked = json::parse(request.body, nullptr, false);
  std::vector<std::string> events;
  switch (vendor) {
    case Vendor::gemini:
      events = gemini_events(body);
      break;
    case Vendor::anthropic:
      events = message_events(body);
      break;
    case Vendor::groq:
    case Vendor::openai:
      events = chat_events(
          vendor, body,
          asked.contains("stream_options") && asked["stream_options"].value("include_usage", false));
      break;
  }
  // Where each of them says that it has ended, and everything behind.
  const auto ends = [](const std::string& text) {
    return text.find("\"finishReason\"") != std::string::npos ||
           text.find("\"finish_reason\":\"") != std::string::npos || text.starts_with("event: message_stop");
  };
  if (step.no_end || !step.stream_error.empty()) {
    events.erase(std::find_if(events.begin(), events.end(), ends), events.end());
  }
  if (!step.stream_error.empty()) events.push_back(error_event(vendor, step.stream_error));
  return events;
}

}  // namespace autofix::test
