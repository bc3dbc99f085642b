#include "providers/json_body.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace autofix::providers {
namespace {

constexpr int kMaxDepth = 256;

}  // namespace

std::optional<nlohmann::json> parse_body(std::string_view text) {
  bool too_deep = false;
  const auto watch_depth = [&too_deep](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > kMaxDepth) too_deep = true;
    return !too_deep;
  };
  try {
    auto value = nlohmann::json::parse(text.begin(), text.end(), watch_depth, /*allow_exceptions=*/false);
    if (value.is_discarded() || too_deep) return {};
    return value;
  } catch (const std::exception&) {  // out of memory, or a number that does not fit
    return {};
  }
}

const nlohmann::json& member(const nlohmann::json& object, const char* name) {
  static const nlohmann::json kNull;
  if (!object.is_object()) return kNull;
  const auto found = object.find(name);
  return found == object.end() ? kNull : *found;
}

std::string string_member(const nlohmann::json& object, const char* name) {
  const auto& value = member(object, name);
  return value.is_string() ? value.get<std::string>() : std::string();
}

std::int64_t count_member(const nlohmann::json& object, const char* name) {
  const auto& value = member(object, name);
  if (!value.is_number()) return 0;
  const double number = value.get<double>();
  return std::isfinite(number) && number > 0 && number < 1e15 ? static_cast<std::int64_t>(number) : 0;
}

std::string to_wire(const nlohmann::json& value) {
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace autofix::providers
