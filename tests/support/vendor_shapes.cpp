#include "tests/support/vendor_shapes.h"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace autofix::test {
namespace {

using nlohmann::json;

FakeStep step(int status, const json& body, std::vector<std::pair<std::string, std::string>> headers = {}) {
  FakeStep made;
  made.status = status;
  made.headers = std::move(headers);
  made.headers.emplace_back("content-type", "application/json; charset=UTF-8");
  made.body = body.dump();
  made.is_completion = status == 200;
  return made;
}

// Gemini
// -------------------------------------------------------------------------------------------------------

json gemini_body(const std::string& text, const std::string& reason) {
  return {{"candidates",
           {{{"content", {{"parts", {{{"text", text}}}}, {"role", "model"}}},
             {"finishReason", reason},
             {"index", 0}}}},
          {"usageMetadata",
           {{"promptTokenCount", 1200},
            {"candidatesTokenCount", 80},
            {"totalTokenCount", 1340},
            {"thoughtsTokenCount", 60}}},
          {"modelVersion", "gemini-3.8-flash"},
          {"responseId", "fake"}};
}

FakeStep gemini_error(int code, const char* status, const std::string& message,
                      json details = json::array()) {
  json error = {{"code", code}, {"message", message}, {"status", status}};
  if (!details.empty()) error["details"] = std::move(details);
  return step(code, {{"error", std::move(error)}});
}

json quota_details(const char* quota_id, const std::string& delay) {
  json details = json::array(
      {{{"@type", "type.googleapis.com/google.rpc.QuotaFailure"},
        {"violations",
         {{{"quotaMetric", "generativelanguage.googleapis.com/generate_content_free_tier_requests"},
           {"quotaId", quota_id},
           {"quotaDimensions", {{"model", "gemini-3.8-flash"}, {"location", "global"}}},
           {"quotaValue", "20"}}}}},
       {{"@type", "type.googleapis.com/google.rpc.Help"},
        {"links",
         {{{"description", "Learn more about Gemini API quotas"},
           {"url", "https://ai.google.dev/gemini-api/docs/rate-limits"}}}}}});
  if (!delay.empty())
    details.push_back({{"@type", "type.googleapis.com/google.rpc.RetryInfo"}, {"retryDelay", delay}});
  return details;
}

FakeStep gemini_preset(const std::string& name, const json& item) {
  const std::string text = item.value("text", std::string("cut off he"));
  const std::string delay = item.value("delay", std::string("36s"));
  if (name == "quota_per_day") {
    return gemini_error(429, "RESOURCE_EXHAUSTED",
                        "You exceeded your current quota, please check your plan and billing details.",
                        quota_details("GenerateRequestsPerDayPerProjectPerModel-FreeTier", delay));
  }
  if (name == "quota_per_minute") {
    return gemini_error(429, "RESOURCE_EXHAUSTED",
                        "You exceeded your current quota. Please retry in " + delay + ".",
                        quota_details("GenerateRequestsPerMinutePerProjectPerModel-FreeTier", delay));
  }
  if (name == "bad_key") {
    return gemini_error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
                        json::array({{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                      {"reason", "API_KEY_INVALID"},
                                      {"domain", "googleapis.com"}}}));
  }
  if (name == "overloaded")
    return gemini_error(503, "UNAVAILABLE", "The model is overloaded. Please try again later.");
  if (name == "internal") return gemini_error(500, "INTERNAL", "An internal error has occurred.");
  if (name == "region") {
    return gemini_error(400, "FAILED_PRECONDITION", "User location is not supported for the API use.");
  }
  if (name == "model_gone") {
    return gemini_error(404, "NOT_FOUND", "models/gemini-3.8-flash is not found for API version v1beta.");
  }
  if (name == "forbidden")
    return gemini_error(403, "PERMISSION_DENIED", "The caller does not have permission");
  if (name == "billing") return gemini_error(402, "FAILED_PRECONDITION", "Your prepaid credit is depleted.");
  if (name == "too_long") {
    return gemini_error(
        400, "INVALID_ARGUMENT",
        "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).");
  }
  if (name == "bad_request") return gemini_error(400, "INVALID_ARGUMENT", "Invalid JSON payload received.");
  if (name == "length") return step(200, gemini_body(text, "MAX_TOKENS"));
  if (name == "safety") {
    return step(200, {{"candidates", {{{"finishReason", "SAFETY"}, {"index", 0}}}},
                      {"modelVersion", "gemini-3.8-flash"}});
  }
  if (name == "blocked") return step(200, {{"promptFeedback", {{"blockReason", "PROHIBITED_CONTENT"}}}});
  if (name == "no_end") {
    json body = gemini_body(text, "STOP");
    body["candidates"][0].erase("finishReason");
    return step(200, body);
  }
  if (name == "error_in_200") {
    return step(200, {{"error",
                       {{"code", 503}, {"message", "The model is overloaded."}, {"status", "UNAVAILABLE"}}}});
  }
  throw std::invalid_argument("no such preset for Gemini: " + name);
}

// OpenAI's dialect
// ---------------------------------------------------------------------------------------------

json chat_body(const std::string& text, const std::string& reason) {
  return {{"id", "chatcmpl-fake"},
          {"object", "chat.completion"},
          {"created", 1'790'000'000},
          {"model", "openai/gpt-oss-120b"},
          {"choices",
           {{{"index", 0},
             {"message", {{"role", "assistant"}, {"content", text}}},
             {"logprobs", nullptr},
             {"finish_reason", reason}}}},
          {"usage", {{"prompt_tokens", 1100}, {"completion_tokens", 90}, {"total_tokens", 1190}}}};
}

std::vector<std::pair<std::string, std::string>> groq_headers() {
  return {{"x-ratelimit-limit-requests", "1000"},    {"x-ratelimit-remaining-requests", "998"},
          {"x-ratelimit-reset-requests", "2m52.8s"}, {"x-ratelimit-limit-tokens", "8000"},
          {"x-ratelimit-remaining-tokens", "7600"},  {"x-ratelimit-reset-tokens", "3s"}};
}

FakeStep chat_error(int status, const std::string& message, const char* type, json code,
                    std::vector<std::pair<std::string, std::string>> headers = {}) {
  return step(status, {{"error", {{"message", message}, {"type", type}, {"code", std::move(code)}}}},
              std::move(headers));
}

FakeStep chat_preset(const std::string& name, const json& item) {
  const std::string text = item.value("text", std::string("cut off he"));
  const std::string delay = item.value("delay", std::string("7.66"));
  if (name == "rate_limited" || name == "quota_per_minute") {
    return chat_error(
        429,
        "Rate limit reached for model `openai/gpt-oss-120b` in organization `org_fake` on tokens per "
        "minute (TPM): Limit 8000, Used 7200, Requested 4351. Please try again in " +
            delay + "s.",
        "tokens", "rate_limit_exceeded", {{"retry-after", delay}});
  }
  if (name == "quota_per_day") {
    return chat_error(
        429,
        "Rate limit reached for model `openai/gpt-oss-120b` on tokens per day (TPD): Limit 200000, Used "
        "199000, Requested 4351. Please try again in 24m4.32s.",
        "tokens", "rate_limit_exceeded", {{"retry-after", item.value("delay", std::string("1445"))}});
  }
  if (name == "tokens_per_minute") {
    return chat_error(
        413,
        "Request too large for model `openai/gpt-oss-120b` on tokens per minute (TPM): Limit 6000, "
        "Requested 7400, please reduce your message size and try again.",
        "tokens", "rate_limit_exceeded");
  }
  if (name == "bad_key") {
    return chat_error(401, "Invalid API Key", "invalid_request_error", "invalid_api_key");
  }
  if (name == "billing") {
    return chat_error(429, "You exceeded your current quota, please check your plan and billing details.",
                      "insufficient_quota", "insufficient_quota");
  }
  if (name == "forbidden") return chat_error(403, "Access denied.", "permissions_error", nullptr);
  if (name == "overloaded") return chat_error(503, "Service unavailable.", "internal_server_error", nullptr);
  if (name == "internal") return chat_error(500, "Internal server error.", "internal_server_error", nullptr);
  if (name == "capacity")
    return chat_error(498, "Flex tier capacity exceeded.", "capacity", "capacity_exceeded");
  if (name == "model_gone") {
    return chat_error(404, "The model `openai/gpt-oss-120b` does not exist or you do not have access to it.",
                      "invalid_request_error", "model_not_found");
  }
  if (name == "decommissioned") {
    return chat_error(400, "The model `x` has been decommissioned and is no longer supported.",
                      "invalid_request_error", "model_decommissioned");
  }
  if (name == "json_failed") {
    FakeStep made = chat_error(400, "Failed to generate JSON. Please adjust your prompt.",
                               "invalid_request_error", "json_validate_failed");
    json body = json::parse(made.body);
    body["error"]["failed_generation"] = "{\"analysis\": ";
    made.body = body.dump();
    return made;
  }
  if (name == "too_long") {
    return chat_error(400, "Please reduce the length of the messages or completion.", "invalid_request_error",
                      "context_length_exceeded");
  }
  if (name == "bad_request")
    return chat_error(400, "'messages' is invalid.", "invalid_request_error", nullptr);
  if (name == "length") return step(200, chat_body(text, "length"), groq_headers());
  if (name == "safety") return step(200, chat_body("", "content_filter"), groq_headers());
  if (name == "refusal") {
    json body = chat_body("", "stop");
    body["choices"][0]["message"]["refusal"] = "I can't help with that.";
    return step(200, body);
  }
  if (name == "no_end") {
    json body = chat_body(text, "stop");
    body["choices"][0]["finish_reason"] = nullptr;
    return step(200, body);
  }
  if (name == "error_in_200") {
    return step(
        200, {{"error", {{"message", "upstream overloaded"}, {"type", "server_error"}, {"code", nullptr}}}});
  }
  throw std::invalid_argument("no such preset for this dialect: " + name);
}

// Anthropic
// ----------------------------------------------------------------------------------------------------

json message_body(const std::string& text, const std::string& reason) {
  return {{"id", "msg_fake"},
          {"type", "message"},
          {"role", "assistant"},
          {"model", "claude-sonnet-5-5"},
          {"content", {{{"type", "text"}, {"text", text}}}},
          {"stop_reason", reason},
          {"stop_sequence", nullptr},
          {"usage", {{"input_tokens", 1000}, {"output_tokens", 70}}}};
}

FakeStep message_error(int status, const char* type, const std::string& message,
                       std::vector<std::pair<std::string, std::string>> headers = {}) {
  return step(status, {{"type", "error"}, {"error", {{"type", type}, {"message", message}}}},
              std::move(headers));
}

FakeStep anthropic_preset(const std::string& name, const json& item) {
  const std::string text = item.value("text", std::string("cut off he"));
  if (name == "rate_limited" || name == "quota_per_minute") {
    return message_error(429, "rate_limit_error", "This request would exceed your rate limit.",
                         {{"retry-after", item.value("delay", std::string("12"))}});
  }
  if (name == "billing") {
    FakeStep made = message_error(429, "rate_limit_error", "You have reached your spend limit.");
    json body = json::parse(made.body);
    body["error"]["details"] = {{"error_code", "spend_limit_reached"}};
    made.body = body.dump();
    return made;
  }
  if (name == "overloaded") return message_error(529, "overloaded_error", "Overloaded");
  if (name == "bad_key") return message_error(401, "authentication_error", "invalid x-api-key");
  if (name == "model_gone") return message_error(404, "not_found_error", "model: claude-sonnet-5-5");
  if (name == "length") return step(200, message_body(text, "max_tokens"));
  if (name == "safety") return step(200, message_body("", "refusal"));
  throw std::invalid_argument("no such preset for Anthropic: " + name);
}

/// What every vendor may send in front of itself: proxies and captive portals.
std::optional<FakeStep> common_preset(const std::string& name) {
  FakeStep made;
  if (name == "html") {
    made.headers = {{"content-type", "text/html"}};
    made.body = "<html><body>Please log in to the network</body></html>";
    return made;
  }
  if (name == "not_json") {
    made.headers = {{"content-type", "application/json"}};
    made.body = "{\"candidates\": [{\"cont";
    return made;
  }
  if (name == "redirect") {
    made.status = 302;
    made.headers = {{"location", "https://elsewhere.invalid/"}};
    return made;
  }
  if (name == "stall") {
    made.stall = true;
    return made;
  }
  if (name == "reset") {
    made.reset = true;
    return made;
  }
  return std::nullopt;
}

bool has_messages(const json& body, const char* name) {
  return body.is_object() && body.contains(name) && body[name].is_array() && !body[name].empty();
}

}  // namespace

FakeStep ok_step(Vendor vendor, const std::string& text) {
  switch (vendor) {
    case Vendor::gemini:
      return step(200, gemini_body(text, "STOP"));
    case Vendor::groq:
      return step(200, chat_body(text, "stop"), groq_headers());
    case Vendor::openai:
      return step(200, chat_body(text, "stop"));
    case Vendor::anthropic:
      return step(200, message_body(text, "end_turn"));
  }
  return {};
}

FakeStep preset_step(Vendor vendor, const std::string& name, const json& item) {
  if (auto common = common_preset(name)) return *common;
  switch (vendor) {
    case Vendor::gemini:
      return gemini_preset(name, item);
    case Vendor::anthropic:
      return anthropic_preset(name, item);
    case Vendor::groq:
    case Vendor::openai:
      break;
  }
  return chat_preset(name, item);
}

FakeStep pooled_step(Vendor vendor, FakeStep step, int limit, int left) {
  if (left < 0) step = preset_step(vendor, "quota_per_day", {{"delay", "7200"}});
  std::erase_if(step.headers, [](const auto& header) { return header.first.starts_with("x-ratelimit-"); });
  step.headers.emplace_back("x-ratelimit-limit-requests", std::to_string(limit));
  step.headers.emplace_back("x-ratelimit-remaining-requests", std::to_string(std::max(left, 0)));
  step.headers.emplace_back("x-ratelimit-reset-requests", "2h0m0s");
  return step;
}

FakeStep model_list_step(Vendor vendor) {
  if (vendor == Vendor::gemini) {
    return step(
        200,
        {{"models",
          {{{"name", "models/gemini-3.8-flash"}, {"supportedGenerationMethods", {"generateContent"}}},
           {{"name", "models/gemini-3.7-flash"}, {"supportedGenerationMethods", {"generateContent"}}}}}});
  }
  return step(200, {{"object", "list"},
                    {"data",
                     {{{"id", "openai/gpt-oss-120b"}, {"object", "model"}},
                      {{"id", "openai/gpt-oss-20b"}, {"object", "model"}}}}});
}

bool is_model_list(const RecordedRequest& request) {
  const std::string path = request.path.substr(0, request.path.find('?'));
  return request.method == "GET" && path.ends_with("/models");
}

std::optional<FakeStep> refusal_of(Vendor vendor, const RecordedRequest& request) {
  const auto header = [&](const char* name) {
    const auto found = request.headers.find(name);
    return found == request.headers.end() ? std::string() : found->second;
  };
  const json body = json::parse(request.body, nullptr, false);
  const bool bearer = header("authorization").starts_with("Bearer ") && header("authorization").size() > 7;
  switch (vendor) {
    case Vendor::gemini:
      if (header("x-goog-api-key").empty())
        return gemini_error(403, "PERMISSION_DENIED", "Method doesn't allow unregistered callers.");
      if (!request.path.ends_with(":generateContent") &&
          !request.path.ends_with(":streamGenerateContent?alt=sse"))
        return gemini_error(404, "NOT_FOUND", "Requested entity was not found.");
      if (!has_messages(body, "contents"))
        return gemini_error(400, "INVALID_ARGUMENT", "contents is not specified");
      return std::nullopt;
    case Vendor::anthropic:
      if (header("x-api-key").empty() && !bearer)
        return message_error(401, "authentication_error", "x-api-key header is required");
      if (header("anthropic-version").empty())
        return message_error(400, "invalid_request_error", "anthropic-version: header is required");
      if (!request.path.ends_with("/messages")) return message_error(404, "not_found_error", "Not found");
      if (!has_messages(body, "messages") || !body.contains("max_tokens"))
        return message_error(400, "invalid_request_error", "max_tokens: Field required");
      return std::nullopt;
    case Vendor::groq:
    case Vendor::openai:
      break;
  }
  if (!bearer) return chat_error(401, "You didn't provide an API key.", "invalid_request_error", nullptr);
  if (!request.path.ends_with("/chat/completions"))
    return chat_error(404, "Unknown request URL.", "invalid_request_error", "unknown_url");
  if (!has_messages(body, "messages") || !body.contains("model"))
    return chat_error(400, "'messages' is required.", "invalid_request_error", nullptr);
  const bool json_mode =
      body.contains("response_format") && body["response_format"].value("type", "") == "json_object";
  if (json_mode && body["messages"].dump().find("JSON") == std::string::npos) {
    return chat_error(400, "'messages' must contain the word 'json' in some form.", "invalid_request_error",
                      nullptr);
  }
  return std::nullopt;
}

}  // namespace autofix::test
