#include "tests/support/json_match.h"

namespace autofix::test {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr const char* kAny = "{any}";
constexpr const char* kNone = "{none}";

void compare(const ordered_json& wanted, const json& got, const std::string& at,
             std::vector<std::string>& out) {
  if (wanted == kAny) return;
  if (wanted.is_object() && got.is_object()) {
    for (const auto& [key, value] : wanted.items()) {
      const auto found = got.find(key);
      const std::string place = at + "." + key;
      if (found != got.end()) {
        compare(value, *found, place, out);
      } else if (value != kNone) {
        out.push_back(place + " is missing, wanted " + value.dump());
      }
    }
  } else if (wanted.is_array() && got.is_array() && wanted.size() == got.size()) {
    for (std::size_t index = 0; index < wanted.size(); ++index) {
      compare(wanted[index], got[index], at + "[" + std::to_string(index) + "]", out);
    }
  } else if (wanted.is_array() && got.is_array()) {
    out.push_back(at + " has " + std::to_string(got.size()) + " elements, wanted " +
                  std::to_string(wanted.size()) + ": " + got.dump());
  } else if (json(wanted) != got) {
    out.push_back(at + " is " + got.dump() + ", wanted " + wanted.dump());
  }
}

}  // namespace

std::vector<std::string> json_differences(const ordered_json& wanted, const json& got,
                                          const std::string& at) {
  std::vector<std::string> out;
  compare(wanted, got, at, out);
  return out;
}

ordered_json json_projection(const ordered_json& wanted, const json& got) {
  if (wanted == kAny) return wanted;
  if (wanted.is_object() && got.is_object()) {
    ordered_json out = ordered_json::object();
    for (const auto& [key, value] : wanted.items()) {
      const auto found = got.find(key);
      out[key] = found == got.end() ? ordered_json(kNone) : json_projection(value, *found);
    }
    return out;
  }
  if (wanted.is_array() && got.is_array()) {
    ordered_json out = ordered_json::array();
    for (std::size_t index = 0; index < got.size(); ++index) {
      out.push_back(index < wanted.size() ? json_projection(wanted[index], got[index])
                                          : ordered_json(got[index]));
    }
    return out;
  }
  return ordered_json(got);
}

std::string written_json(const ordered_json& value) {
  if (!value.is_structured()) return value.dump();
  std::string out;
  for (const auto& [name, inner] : value.items()) {
    if (!out.empty()) out += ", ";
    if (value.is_object()) out += ordered_json(name).dump() + ": ";
    out += written_json(inner);
  }
  return value.is_object() ? "{" + out + "}" : "[" + out + "]";
}

}  // namespace autofix::test
