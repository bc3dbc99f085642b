// Reads the members of JSON objects into typed values and remembers the first that has another type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/json_rpc.h"

namespace autofix::protocol {

class ObjectReader {
 public:
  /// `place` names the value in messages.
  ObjectReader(const Json& json, std::string place);

  void required(const char* name, std::string& out);
  void required(const char* name, std::int64_t& out);
  void required(const char* name, std::uint32_t& out);
  void optional(const char* name, std::optional<std::string>& out);
  void optional(const char* name, std::string& out);
  void optional(const char* name, int& out);
  void optional(const char* name, std::optional<std::vector<std::string>>& out);

  /// An object or array member; a reader of nothing (with an error) when it is missing.
  ObjectReader object(const char* name);
  const Json& array(const char* name, bool is_required);
  /// The member as it is, null when missing.
  const Json& any(const char* name) const;
  bool has(const char* name) const { return !any(name).is_null(); }

  void fail(const char* name, const char* expected);
  /// Takes over what a part found wrong.
  void merge(const std::string& error);
  const std::string& error() const { return error_; }
  const std::string& place() const { return place_; }

 private:
  const Json* json_;
  std::string place_;
  std::string error_;
};

}  // namespace autofix::protocol
