#include "server/text/json.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <new>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

namespace autofix::text {
namespace {

/// The value of `\uXXXX` at `at`, if that is what stands there.
std::optional<unsigned> unicode_escape(std::string_view text, std::size_t at) {
  if (at + 6 > text.size() || text[at] != '\\' || text[at + 1] != 'u') return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(at + 2, 4)) {
    unsigned digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<unsigned>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<unsigned>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<unsigned>(c - 'A') + 10;
    } else {
      return std::nullopt;
    }
    value = value * 16 + digit;
  }
  return value;
}

struct Survey {
  bool too_deep = false;
  std::vector<std::size_t> lone_surrogates;  ///< offsets of their escapes
};

/// Skips the string that opens at `at`; returns the offset behind it.
std::size_t survey_string(std::string_view text, std::size_t at, Survey& survey) {
  for (++at; at < text.size() && text[at] != '"';) {
    if (text[at] != '\\') {
      ++at;
      continue;
    }
    const std::optional<unsigned> unit = unicode_escape(text, at);
    if (!unit) {
      at += 2;
      continue;
    }
    if (*unit >= 0xD800 && *unit < 0xE000) {
      const std::optional<unsigned> low = unicode_escape(text, at + 6);
      if (*unit < 0xDC00 && low && *low >= 0xDC00 && *low < 0xE000) {
        at += 6;
      } else {
        survey.lone_surrogates.push_back(at);
      }
    }
    at += 6;
  }
  return at + 1;
}

std::size_t skip_comment(std::string_view text, std::size_t at) {
  const bool block = text.substr(at, 2) == "/*";
  const std::size_t end = block ? text.find("*/", at + 2) : text.find('\n', at);
  if (end == std::string_view::npos) return text.size();
  return end + (block ? 2 : 1);
}

/// What the parser cannot tell us in time. Depth is counted here and not in the parser's callback because
/// a callback makes the parser search each container for discarded values, which is quadratic. Up to the
/// first syntax error this sees the same strings and brackets as the parser does.
Survey survey_json(std::string_view text, bool allow_comments) {
  Survey survey;
  int depth = 0;
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      at = survey_string(text, at, survey);
      continue;
    }
    if (allow_comments && c == '/' && at + 1 < text.size() && (text[at + 1] == '/' || text[at + 1] == '*')) {
      at = skip_comment(text, at);
      continue;
    }
    if (c == '[' || c == '{') {
      if (++depth > kMaxJsonDepth) {
        survey.too_deep = true;
        return survey;
      }
    } else if (c == ']' || c == '}') {
      --depth;
    }
    ++at;
  }
  return survey;
}

/// nlohmann's messages begin with a bracketed id that says nothing to a reader.
std::string readable(std::string_view what) {
  if (what.starts_with('[')) {
    const std::size_t close = what.find("] ");
    if (close != std::string_view::npos) what.remove_prefix(close + 2);
  }
  return std::string(what);
}

}  // namespace

tl::expected<nlohmann::json, std::string> parse_json(std::string_view text, bool allow_comments) {
  const Survey survey = survey_json(text, allow_comments);
  if (survey.too_deep) {
    return tl::unexpected("JSON is nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
  }
  std::string repaired;
  if (!survey.lone_surrogates.empty()) {
    repaired = text;
    for (const std::size_t at : survey.lone_surrogates) repaired.replace(at + 2, 4, "FFFD");
    text = repaired;
  }
  try {
    return nlohmann::json::parse(text, nullptr, true, allow_comments);
  } catch (const nlohmann::json::exception& error) {
    return tl::unexpected(readable(error.what()));
  } catch (const std::bad_alloc&) {
    return tl::unexpected(std::string("JSON does not fit into memory"));
  }
}

std::string dump_json(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace autofix::text
