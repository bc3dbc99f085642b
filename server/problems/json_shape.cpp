#include "server/problems/json_shape.h"

#include <nlohmann/json.hpp>

namespace autofix::problems {
namespace {

const nlohmann::json& empty_object() {
  static const nlohmann::json kEmpty = nlohmann::json::object();
  return kEmpty;
}

const nlohmann::json& empty_array() {
  static const nlohmann::json kEmpty = nlohmann::json::array();
  return kEmpty;
}

}  // namespace

void JsonShape::fail(std::string_view what) {
  if (!error_.empty()) return;
  error_ = place_.empty() ? std::string(what) : place_ + ": " + std::string(what);
}

const nlohmann::json* JsonShape::find(const nlohmann::json& parent, const char* key) {
  if (!parent.is_object()) return nullptr;
  const auto member = parent.find(key);
  return member == parent.end() || member->is_null() ? nullptr : &*member;
}

const nlohmann::json& JsonShape::object(const nlohmann::json& parent, const char* key) {
  const nlohmann::json* member = find(parent, key);
  if (member == nullptr) return empty_object();
  return as_object(*member, key);
}

const nlohmann::json& JsonShape::array(const nlohmann::json& parent, const char* key) {
  const nlohmann::json* member = find(parent, key);
  if (member == nullptr) return empty_array();
  if (member->is_array()) return *member;
  fail(std::string(key) + " is no array");
  return empty_array();
}

const nlohmann::json& JsonShape::as_object(const nlohmann::json& value, std::string_view what) {
  if (value.is_object()) return value;
  fail(std::string(what) + " is no object");
  return empty_object();
}

std::optional<std::string> JsonShape::string(const nlohmann::json& parent, const char* key) {
  const nlohmann::json* member = find(parent, key);
  if (member == nullptr) return std::nullopt;
  if (member->is_string()) return member->get_ref<const std::string&>();
  fail(std::string(key) + " is no string");
  return std::nullopt;
}

std::optional<std::uint32_t> JsonShape::number(const nlohmann::json& parent, const char* key) {
  const nlohmann::json* member = find(parent, key);
  if (member == nullptr) return std::nullopt;
  if (member->is_number_unsigned() && member->get<std::uint64_t>() <= 0x7FFFFFFF) {
    return static_cast<std::uint32_t>(member->get<std::uint64_t>());
  }
  fail(std::string(key) + " is no whole number from 0 to 2147483647");
  return std::nullopt;
}

}  // namespace autofix::problems
