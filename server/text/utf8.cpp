#include "server/text/utf8.h"

#include <algorithm>

namespace autofix::text {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return static_cast<unsigned char>(text[at]);
}

bool is_continuation(unsigned byte) {
  return (byte & 0xC0U) == 0x80U;
}

}  // namespace

// Unicode 15, table 3-7 "Well-Formed UTF-8 Byte Sequences".
std::size_t utf8_length(std::string_view text, std::size_t at) {
  const unsigned lead = byte_at(text, at);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t length = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (at + length > text.size()) return 0;
  const unsigned second = byte_at(text, at + 1);
  const unsigned low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
  const unsigned high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
  if (second < low || second > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (!is_continuation(byte_at(text, at + i))) return 0;
  }
  return length;
}

std::size_t character_start(std::string_view text, std::size_t at) {
  if (at >= text.size() || !is_continuation(byte_at(text, at))) return at;
  for (std::size_t back = 1; back <= 3 && back <= at; ++back) {
    if (is_continuation(byte_at(text, at - back))) continue;
    return utf8_length(text, at - back) > back ? at - back : at;
  }
  return at;
}

std::string_view first_bytes(std::string_view text, std::size_t most) {
  return text.size() <= most ? text : text.substr(0, character_start(text, most));
}

std::string_view last_bytes(std::string_view text, std::size_t most) {
  if (text.size() <= most) return text;
  const std::size_t cut = text.size() - most;
  const std::size_t start = character_start(text, cut);
  return text.substr(start == cut ? cut : start + character_length(text, start));
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string to_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = utf8_length(text, at);
    if (length == 0) {
      result += "\xEF\xBF\xBD";
      ++at;
    } else {
      result += text.substr(at, length);
      at += length;
    }
  }
  return result;
}

}  // namespace autofix::text
