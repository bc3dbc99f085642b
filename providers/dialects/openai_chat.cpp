// Chat completions in OpenAI's dialect: Groq, OpenAI, llama.cpp, Ollama, vLLM, LM Studio and most gateways.
#include <nlohmann/json.hpp>

#include "providers/dialects/dialect.h"
#include "providers/json_body.h"

namespace autofix::providers {
namespace {

using nlohmann::json;

bool is_gpt_oss(const std::string& model) {
  return model.find("gpt-oss") != std::string::npos;
}

HttpHeaders headers_for(const CallTarget& target) {
  HttpHeaders headers = {{"Content-Type", "application/json"}};
  if (!target.key.empty()) headers.emplace_back("Authorization", "Bearer " + target.key);
  return headers;
}

HttpRequest encode(const CallTarget& target, const Prompt& prompt) {
  json messages = json::array();
  if (!prompt.system.empty()) messages.push_back({{"role", "system"}, {"content", prompt.system}});
  for (const Message& message : prompt.messages) {
    messages.push_back(
        {{"role", message.role == Message::Role::user ? "user" : "assistant"}, {"content", message.text}});
  }
  const bool vendor = target.link == "groq" || target.link == "openai";
  json body = {{"model", target.model},
               {"messages", std::move(messages)},
               // Older and local servers know only the older name.
               {vendor ? "max_completion_tokens" : "max_tokens", target.max_output_tokens}};
  if (target.temperature) body["temperature"] = *target.temperature;
  // Reasoning counts against the output cap, which a free key needs for the answer.
  if (is_gpt_oss(target.model)) body["reasoning_effort"] = "low";
  if (!prompt.reply_schema.empty()) {
    auto schema = parse_body(prompt.reply_schema);
    if (schema && (is_gpt_oss(target.model) || target.link != "groq")) {
      body["response_format"] = {
          {"type", "json_schema"},
          {"json_schema", {{"name", "edits"}, {"strict", true}, {"schema", std::move(*schema)}}}};
    } else {
      body["response_format"] = {{"type", "json_object"}};
    }
  }
  if (target.stream) {
    body["stream"] = true;
    // Groq's client (npm 1.6) knows no such key: its last part has the usage anyway.
    if (target.link != "groq") body["stream_options"] = {{"include_usage", true}};
  }
  HttpRequest request;
  request.path = "/chat/completions";
  request.stream = target.stream;
  request.headers = headers_for(target);
  request.body = to_wire(body);
  return request;
}

/// A string, or an array of parts as some gateways send it.
std::string content_text(const json& content) {
  if (content.is_string()) return content.get<std::string>();
  std::string text;
  if (content.is_array()) {
    for (const json& part : content) text += string_member(part, "text");
  }
  return text;
}

tl::expected<Completion, ProviderError> decode(const json& body) {
  const json& choices = member(body, "choices");
  if (!choices.is_array() || choices.empty()) {
    return tl::unexpected(malformed("the reply holds no choice"));
  }
  const json& choice = choices.front();
  const json& message = member(choice, "message");
  Completion completion;
  completion.model = string_member(body, "model");
  completion.text = content_text(member(message, "content"));
  const json& usage = member(body, "usage");
  completion.usage.input_tokens = count_member(usage, "prompt_tokens");
  completion.usage.output_tokens = count_member(usage, "completion_tokens");

  const std::string reason = string_member(choice, "finish_reason");
  const std::string refusal = string_member(message, "refusal");
  if (!refusal.empty() || reason == "content_filter") {
    ProviderError error;
    error.kind = ErrorKind::refused;
    error.message = "declined to answer: " + (refusal.empty() ? reason : refusal);
    return tl::unexpected(std::move(error));
  }
  if (reason.empty()) return tl::unexpected(malformed("the reply has no finish_reason: it was cut off"));
  if (reason == "length") {
    completion.stop_reason = StopReason::length;
  } else if (reason != "stop") {
    return tl::unexpected(malformed("the reply ended with finish_reason " + reason, Scope::request));
  }
  if (completion.text.empty()) {
    return tl::unexpected(malformed(completion.stop_reason == StopReason::length
                                        ? "the reply's length limit was spent on reasoning"
                                        : "the reply holds no text",
                                    Scope::request));
  }
  return completion;
}

/// The end is a finish_reason or `[DONE]`: some servers send only one of them.
json fold(std::span<const json> parts, bool done) {
  json body = json::object();
  std::string text;
  std::string refusal;
  std::string reason;
  for (const json& part : parts) {
    for (const char* name : {"model", "usage"}) {
      if (const json& value = member(part, name); !value.is_null()) body[name] = value;
    }
    const json& groq = member(part, "x_groq");
    if (std::string error = string_member(groq, "error"); !error.empty())
      return {{"error", std::move(error)}};
    const json& usage = member(groq, "usage");
    if (!usage.is_null() && !body.contains("usage")) body["usage"] = usage;
    const json& choices = member(part, "choices");
    if (!choices.is_array()) continue;
    for (const json& choice : choices) {
      if (count_member(choice, "index") != 0) continue;
      const json& delta = member(choice, "delta");
      text += content_text(member(delta, "content"));
      refusal += string_member(delta, "refusal");
      if (std::string said = string_member(choice, "finish_reason"); !said.empty()) reason = std::move(said);
    }
  }
  if (reason.empty() && done) reason = "stop";
  json choice = {{"index", 0}, {"message", {{"role", "assistant"}, {"content", std::move(text)}}}};
  if (!refusal.empty()) choice["message"]["refusal"] = std::move(refusal);
  if (!reason.empty()) choice["finish_reason"] = std::move(reason);
  body["choices"] = json::array({std::move(choice)});
  return body;
}

HttpRequest encode_model_list(const CallTarget& target) {
  HttpRequest request;
  request.method = "GET";
  request.path = "/models";
  request.headers = headers_for(target);
  return request;
}

}  // namespace

const Dialect kOpenAiDialect = {encode, decode, fold, encode_model_list, ids_of_data};

}  // namespace autofix::providers
