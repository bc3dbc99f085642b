// Reading JSON of a known shape: the first member of a wrong type is remembered with its place, and reading
// goes on harmlessly, so that a reader checks once at its end. A null member counts as absent: several
// clients send it so.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace autofix::problems {

class JsonShape {
 public:
  /// `place` names the value that is read, for messages: `result 3`.
  void enter(std::string place) { place_ = std::move(place); }

  bool ok() const { return error_.empty(); }
  const std::string& error() const { return error_; }
  void fail(std::string_view what);

  /// An empty object or array where the member is absent or of a wrong type.
  const nlohmann::json& object(const nlohmann::json& parent, const char* key);
  const nlohmann::json& array(const nlohmann::json& parent, const char* key);
  /// An element of an array that has to be an object.
  const nlohmann::json& as_object(const nlohmann::json& value, std::string_view what);

  std::optional<std::string> string(const nlohmann::json& parent, const char* key);
  /// A whole number from 0 to 2^31 - 1, as LSP's uinteger.
  std::optional<std::uint32_t> number(const nlohmann::json& parent, const char* key);

  /// The member if it is there and not null.
  static const nlohmann::json* find(const nlohmann::json& parent, const char* key);

 private:
  std::string place_;
  std::string error_;
};

}  // namespace autofix::problems
