#include "protocol/object_reader.h"

#include <limits>

namespace autofix::protocol {
namespace {

const Json& null_value() {
  static const Json value;
  return value;
}

const Json& empty_array() {
  static const Json value = Json::array();
  return value;
}

}  // namespace

ObjectReader::ObjectReader(const Json& json, std::string place) : json_(&json), place_(std::move(place)) {
  if (!json.is_object()) {
    error_ = place_ + ": an object is expected";
    json_ = &null_value();
  }
}

void ObjectReader::fail(const char* name, const char* expected) {
  if (error_.empty()) error_ = place_ + "." + name + ": " + expected + " is expected";
}

void ObjectReader::merge(const std::string& error) {
  if (error_.empty()) error_ = error;
}

const Json& ObjectReader::any(const char* name) const {
  if (!json_->is_object()) return null_value();
  const auto member = json_->find(name);
  return member == json_->end() ? null_value() : *member;
}

void ObjectReader::required(const char* name, std::string& out) {
  const Json& value = any(name);
  if (value.is_string()) {
    out = value.get<std::string>();
  } else {
    fail(name, "a string");
  }
}

void ObjectReader::required(const char* name, std::int64_t& out) {
  const Json& value = any(name);
  if (value.is_number_integer()) {
    out = value.get<std::int64_t>();
  } else {
    fail(name, "a whole number");
  }
}

void ObjectReader::required(const char* name, std::uint32_t& out) {
  const Json& value = any(name);
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= std::numeric_limits<std::int32_t>::max()) {
    out = value.get<std::uint32_t>();
  } else {
    fail(name, "a number from 0 to 2147483647");
  }
}

void ObjectReader::optional(const char* name, std::optional<std::string>& out) {
  if (!has(name)) return;
  std::string text;
  required(name, text);
  out = std::move(text);
}

void ObjectReader::optional(const char* name, std::string& out) {
  if (has(name)) required(name, out);
}

void ObjectReader::optional(const char* name, int& out) {
  if (!has(name)) return;
  std::int64_t number = 0;
  required(name, number);
  if (number < std::numeric_limits<int>::min() || number > std::numeric_limits<int>::max()) {
    fail(name, "a smaller number");
  } else {
    out = static_cast<int>(number);
  }
}

void ObjectReader::optional(const char* name, std::optional<std::vector<std::string>>& out) {
  if (!has(name)) return;
  out.emplace();
  for (const Json& item : array(name, true)) {
    if (!item.is_string()) return fail(name, "an array of strings");
    out->push_back(item.get<std::string>());
  }
}

ObjectReader ObjectReader::object(const char* name) {
  ObjectReader part(any(name), place_ + "." + name);
  merge(part.error_);
  return part;
}

const Json& ObjectReader::array(const char* name, bool is_required) {
  const Json& value = any(name);
  if (value.is_array()) return value;
  if (is_required || !value.is_null()) fail(name, "an array");
  return empty_array();
}

}  // namespace autofix::protocol
