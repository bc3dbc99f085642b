#include "protocol/json_rpc.h"

#include <algorithm>
#include <cctype>

namespace autofix::protocol {
namespace {

constexpr int kMaxDepth = 256;

int hex_value(std::string_view four) {
  int value = 0;
  for (const char c : four) {
    const int lower = std::tolower(static_cast<unsigned char>(c));
    if (lower >= '0' && lower <= '9') {
      value = value * 16 + (lower - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + (lower - 'a' + 10);
    } else {
      return -1;
    }
  }
  return value;
}

/// The code unit of a `\uXXXX` escape at `at`, or -1.
int escaped_unit(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return -1;
  return hex_value(text.substr(at + 2, 4));
}

/// Puts U+FFFD in the place of escapes of half a surrogate pair. Empty when there is none, which is nearly
/// always.
std::optional<std::string> without_half_pairs(std::string_view text) {
  std::optional<std::string> mended;
  for (std::size_t at = text.find("\\u"); at != std::string_view::npos; at = text.find("\\u", at)) {
    // Behind an odd number of backslashes this one is not an escape's beginning.
    std::size_t backslashes = 0;
    while (backslashes < at && text[at - backslashes - 1] == '\\') ++backslashes;
    const int unit = backslashes % 2 == 0 ? escaped_unit(text, at) : -1;
    if (unit < 0xD800 || unit > 0xDFFF) {
      at += 2;
      continue;
    }
    const int next = escaped_unit(text, at + 6);
    if (unit < 0xDC00 && next >= 0xDC00 && next <= 0xDFFF) {
      at += 12;
      continue;
    }
    if (!mended) mended = std::string(text);
    mended->replace(at, 6, "\\ufffd");
    at += 6;
  }
  return mended;
}

std::string dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

tl::expected<Json, std::string> parse(std::string_view text) {
  bool too_deep = false;
  const auto watch_depth = [&too_deep](int depth, Json::parse_event_t, Json&) {
    if (depth > kMaxDepth) too_deep = true;
    return !too_deep;
  };
  try {
    Json value = Json::parse(text.begin(), text.end(), watch_depth);
    if (too_deep) return tl::unexpected<std::string>("the message is nested deeper than 256 levels");
    return value;
  } catch (const Json::exception& fault) {
    return tl::unexpected(too_deep
                              ? std::string("the message is nested deeper than 256 levels")
                              : "the message is not valid JSON: " + std::string(fault.what()).substr(0, 200));
  }
}

bool is_id(const Json& value) {
  return value.is_string() || value.is_number_integer();
}

tl::unexpected<BadMessage> invalid(std::string what, Json id = nullptr) {
  return tl::unexpected(BadMessage{{ErrorCode::invalid_request, std::move(what)}, std::move(id)});
}

}  // namespace

tl::expected<Message, BadMessage> parse_message(std::string_view body) {
  const std::optional<std::string> mended = without_half_pairs(body);
  auto value = parse(mended ? *mended : body);
  if (!value) return tl::unexpected(BadMessage{{ErrorCode::parse_error, value.error()}, nullptr});
  if (!value->is_object()) return invalid("a message is a JSON object");
  Message message;
  const auto id = value->find("id");
  if (id != value->end() && !id->is_null()) {
    if (!is_id(*id)) return invalid("an id is a number or a string");
    message.id = *id;
  }
  const Json shown_id = message.id ? *message.id : Json(nullptr);
  if (const auto version = value->find("jsonrpc"); version == value->end() || *version != "2.0") {
    return invalid("\"jsonrpc\" is not \"2.0\"", shown_id);
  }
  if (const auto method = value->find("method"); method != value->end()) {
    if (!method->is_string() || method->get_ref<const std::string&>().empty()) {
      return invalid("\"method\" is not a string", shown_id);
    }
    message.method = method->get<std::string>();
    if (const auto params = value->find("params"); params != value->end())
      message.params = std::move(*params);
    return message;
  }
  if (!message.id) return invalid("neither \"method\" nor \"id\"");
  if (const auto error = value->find("error"); error != value->end() && error->is_object()) {
    ResponseError response;
    if (const auto text = error->find("message"); text != error->end() && text->is_string()) {
      response.message = text->get<std::string>();
    }
    if (const auto code = error->find("code"); code != error->end() && code->is_number_integer()) {
      response.code = static_cast<ErrorCode>(code->get<std::int64_t>());
    }
    message.outcome = tl::unexpected(std::move(response));
  } else if (const auto result = value->find("result"); result != value->end()) {
    message.outcome = std::move(*result);
  } else {
    return invalid("a response has neither \"result\" nor \"error\"", shown_id);
  }
  return message;
}

std::string encode_request(const Json& id, std::string_view method, const Json& params) {
  return dump({{"jsonrpc", "2.0"}, {"id", id}, {"method", method}, {"params", params}});
}

std::string encode_notification(std::string_view method, const Json& params) {
  return dump({{"jsonrpc", "2.0"}, {"method", method}, {"params", params}});
}

std::string encode_response(const Json& id, const Outcome& outcome) {
  Json message = {{"jsonrpc", "2.0"}, {"id", id}};
  if (outcome) {
    message["result"] = *outcome;
  } else {
    message["error"] = {{"code", static_cast<int>(outcome.error().code)},
                        {"message", outcome.error().message}};
  }
  return dump(message);
}

}  // namespace autofix::protocol
