// Gemini's generateContent, v1beta, as the vendor's documents and npm SDK had it in November 2026.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "providers/dialects/dialect.h"
#include "providers/json_body.h"

namespace autofix::providers {
namespace {

using nlohmann::json;

/// 3.5 for `gemini-3.5-flash-lite`; 0 for names without a version.
double model_version(const std::string& model) {
  constexpr std::string_view kPrefix = "gemini-";
  if (!model.starts_with(kPrefix)) return 0;
  return std::strtod(model.c_str() + kPrefix.size(), nullptr);
}

json text_part(const std::string& text) {
  return json::array({{{"text", text}}});
}

HttpRequest encode(const CallTarget& target, const Prompt& prompt) {
  json contents = json::array();
  for (const Message& message : prompt.messages) {
    contents.push_back({{"role", message.role == Message::Role::user ? "user" : "model"},
                        {"parts", text_part(message.text)}});
  }
  const double version = model_version(target.model);
  json config = {{"maxOutputTokens", target.max_output_tokens}};
  // From 3.5 on the vendor asks to leave sampling alone.
  if (target.temperature && version < 3.5) config["temperature"] = *target.temperature;
  if (version >= 3) config["thinkingConfig"] = {{"thinkingLevel", "low"}};
  if (!prompt.reply_schema.empty()) {
    config["responseMimeType"] = "application/json";
    // Not responseSchema: that one fails on keywords it does not know.
    if (auto schema = parse_body(prompt.reply_schema)) config["responseJsonSchema"] = std::move(*schema);
  }
  json body = {{"contents", std::move(contents)}, {"generationConfig", std::move(config)}};
  if (!prompt.system.empty()) body["systemInstruction"] = {{"parts", text_part(prompt.system)}};
  HttpRequest request;
  request.path =
      "/models/" + target.model + (target.stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
  request.stream = target.stream;
  request.headers = {{"x-goog-api-key", target.key}, {"Content-Type", "application/json"}};
  request.body = to_wire(body);
  return request;
}

bool is_refusal(const std::string& reason) {
  return reason == "SAFETY" || reason == "RECITATION" || reason == "LANGUAGE" || reason == "BLOCKLIST" ||
         reason == "PROHIBITED_CONTENT" || reason == "SPII" || reason == "IMAGE_SAFETY";
}

ProviderError refusal(const std::string& reason) {
  ProviderError error;
  error.kind = ErrorKind::refused;
  error.message = "declined to answer: " + reason;
  return error;
}

tl::expected<Completion, ProviderError> decode(const json& body) {
  const json& candidates = member(body, "candidates");
  if (!candidates.is_array() || candidates.empty()) {
    const std::string blocked = string_member(member(body, "promptFeedback"), "blockReason");
    if (!blocked.empty()) return tl::unexpected(refusal(blocked));
    return tl::unexpected(malformed("the reply holds no candidate"));
  }
  const json& candidate = candidates.front();
  Completion completion;
  completion.model = string_member(body, "modelVersion");
  const json& parts = member(member(candidate, "content"), "parts");
  if (parts.is_array()) {
    for (const json& part : parts) {
      if (const json& thought = member(part, "thought"); thought.is_boolean() && thought.get<bool>())
        continue;
      completion.text += string_member(part, "text");
    }
  }
  const json& usage = member(body, "usageMetadata");
  completion.usage.input_tokens = count_member(usage, "promptTokenCount");
  completion.usage.output_tokens =
      count_member(usage, "candidatesTokenCount") + count_member(usage, "thoughtsTokenCount");

  const std::string reason = string_member(candidate, "finishReason");
  if (is_refusal(reason)) return tl::unexpected(refusal(reason));
  if (reason.empty()) return tl::unexpected(malformed("the reply has no finishReason: it was cut off"));
  if (reason == "MAX_TOKENS") {
    completion.stop_reason = StopReason::length;
  } else if (reason != "STOP") {
    return tl::unexpected(malformed("the reply ended with finishReason " + reason, Scope::request));
  }
  if (completion.text.empty()) {
    return tl::unexpected(malformed(completion.stop_reason == StopReason::length
                                        ? "the reply's length limit was spent on thinking"
                                        : "the reply holds no text",
                                    Scope::request));
  }
  return completion;
}

/// Every part is a reply of its own with a piece of the text; the last one says why it ended.
json fold(std::span<const json> parts, bool) {
  json body = json::object();
  json text_parts = json::array();
  std::string reason;
  bool has_candidate = false;
  for (const json& part : parts) {
    for (const char* name : {"promptFeedback", "usageMetadata", "modelVersion"}) {
      if (const json& value = member(part, name); !value.is_null()) body[name] = value;
    }
    const json& candidates = member(part, "candidates");
    if (!candidates.is_array()) continue;
    for (const json& candidate : candidates) {
      if (count_member(candidate, "index") != 0) continue;
      has_candidate = true;
      const json& pieces = member(member(candidate, "content"), "parts");
      if (pieces.is_array()) text_parts.insert(text_parts.end(), pieces.begin(), pieces.end());
      if (std::string said = string_member(candidate, "finishReason"); !said.empty())
        reason = std::move(said);
    }
  }
  if (!has_candidate) return body;
  json candidate = {{"content", {{"role", "model"}, {"parts", std::move(text_parts)}}}};
  if (!reason.empty()) candidate["finishReason"] = reason;
  body["candidates"] = json::array({std::move(candidate)});
  return body;
}

HttpRequest encode_model_list(const CallTarget& target) {
  HttpRequest request;
  request.method = "GET";
  request.path = "/models?pageSize=1000";
  request.headers = {{"x-goog-api-key", target.key}};
  return request;
}

std::vector<std::string> decode_model_list(const json& body) {
  std::vector<std::string> models;
  const json& list = member(body, "models");
  if (!list.is_array()) return models;
  for (const json& model : list) {
    std::string name = string_member(model, "name");
    if (name.starts_with("models/")) name.erase(0, 7);
    models.push_back(std::move(name));
  }
  return models;
}

}  // namespace

const Dialect kGeminiDialect = {encode, decode, fold, encode_model_list, decode_model_list};

}  // namespace autofix::providers
