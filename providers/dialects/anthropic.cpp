// Anthropic's messages, version 2023-06-01.
#include <map>
#include <nlohmann/json.hpp>

#include "providers/dialects/dialect.h"
#include "providers/json_body.h"

namespace autofix::providers {
namespace {

using nlohmann::json;

HttpHeaders headers_for(const CallTarget& target) {
  return {
      {"Content-Type", "application/json"}, {"x-api-key", target.key}, {"anthropic-version", "2023-06-01"}};
}

HttpRequest encode(const CallTarget& target, const Prompt& prompt) {
  json messages = json::array();
  for (const Message& message : prompt.messages) {
    messages.push_back(
        {{"role", message.role == Message::Role::user ? "user" : "assistant"}, {"content", message.text}});
  }
  // No temperature: the vendor's client has no sampling keys any more (npm 1.13).
  json body = {
      {"model", target.model}, {"max_tokens", target.max_output_tokens}, {"messages", std::move(messages)}};
  if (!prompt.system.empty()) body["system"] = prompt.system;
  if (!prompt.reply_schema.empty()) {
    if (auto schema = parse_body(prompt.reply_schema)) {
      body["output_config"] = {{"format", {{"type", "json_schema"}, {"schema", std::move(*schema)}}}};
    }
  }
  if (target.stream) body["stream"] = true;
  HttpRequest request;
  request.path = "/messages";
  request.stream = target.stream;
  request.headers = headers_for(target);
  request.body = to_wire(body);
  return request;
}

tl::expected<Completion, ProviderError> decode(const json& body) {
  const json& content = member(body, "content");
  if (!content.is_array()) return tl::unexpected(malformed("the reply holds no content"));
  Completion completion;
  completion.model = string_member(body, "model");
  for (const json& block : content) {
    if (string_member(block, "type") == "text") completion.text += string_member(block, "text");
  }
  const json& usage = member(body, "usage");
  completion.usage.input_tokens = count_member(usage, "input_tokens");
  completion.usage.output_tokens = count_member(usage, "output_tokens");

  const std::string reason = string_member(body, "stop_reason");
  if (reason == "refusal") {
    ProviderError error;
    error.kind = ErrorKind::refused;
    error.message = "declined to answer";
    return tl::unexpected(std::move(error));
  }
  if (reason.empty()) return tl::unexpected(malformed("the reply has no stop_reason: it was cut off"));
  if (reason == "max_tokens" || reason == "model_context_window_exceeded") {
    completion.stop_reason = StopReason::length;
  } else if (reason != "end_turn" && reason != "stop_sequence") {
    return tl::unexpected(malformed("the reply ended with stop_reason " + reason, Scope::request));
  }
  if (completion.text.empty()) return tl::unexpected(malformed("the reply holds no text", Scope::request));
  return completion;
}

/// One content block of a stream: the event that opened it, and what its deltas add.
struct Block {
  std::string type;
  std::string text;
};

/// `message_stop` is the end: a stop_reason in a message_delta is said while the stream still runs.
json fold(std::span<const json> parts, bool) {
  json body = json::object();
  std::map<std::int64_t, Block> blocks;
  bool started = false;
  bool stopped = false;
  for (const json& part : parts) {
    const std::string type = string_member(part, "type");
    if (type == "message_start") {
      if (const json& message = member(part, "message"); message.is_object()) body = message;
      started = true;
    } else if (type == "content_block_start") {
      const json& opened = member(part, "content_block");
      blocks[count_member(part, "index")] = {string_member(opened, "type"), string_member(opened, "text")};
    } else if (type == "content_block_delta") {
      const json& delta = member(part, "delta");
      if (string_member(delta, "type") == "text_delta") {
        blocks[count_member(part, "index")].text += string_member(delta, "text");
      }
    } else if (type == "message_delta") {
      if (const json& delta = member(part, "delta"); delta.is_object()) body.update(delta);
      // It repeats only what has changed.
      if (const json& usage = member(part, "usage"); usage.is_object()) {
        if (!body["usage"].is_object()) body["usage"] = json::object();
        body["usage"].update(usage);
      }
    } else if (type == "message_stop") {
      stopped = true;
    }
  }
  if (!started) return json::object();
  json content = json::array();
  for (auto& [index, block] : blocks) {
    content.push_back({{"type", std::move(block.type)}, {"text", std::move(block.text)}});
  }
  body["content"] = std::move(content);
  if (!stopped) body.erase("stop_reason");
  return body;
}

HttpRequest encode_model_list(const CallTarget& target) {
  HttpRequest request;
  request.method = "GET";
  request.path = "/models?limit=1000";
  request.headers = headers_for(target);
  return request;
}

}  // namespace

const Dialect kAnthropicDialect = {encode, decode, fold, encode_model_list, ids_of_data};

}  // namespace autofix::providers
