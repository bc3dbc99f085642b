// What a terminal would obey is taken out of texts that people or models read (TRUST.md #5).
#include <cstddef>

#include "server/problems/readers.h"
#include "server/text/utf8.h"

namespace autofix::problems {
namespace {

/// ECMA-48, 5.4: parameter bytes, intermediate bytes, one final byte.
std::size_t skip_control_sequence(std::string_view text, std::size_t at) {
  while (at < text.size() && text[at] >= 0x30 && text[at] <= 0x3F) ++at;
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x2F) ++at;
  if (at < text.size() && text[at] >= 0x40 && text[at] <= 0x7E) ++at;
  return at;
}

/// ECMA-48, 5.6: a string up to BEL or ST. One that does not end costs its line, not the whole text.
std::size_t skip_control_string(std::string_view text, std::size_t at) {
  for (; at < text.size() && text[at] != '\n'; ++at) {
    if (text[at] == '\a') return at + 1;
    if (text.substr(at, 2) == "\x1b\\" || text.substr(at, 2) == "\xC2\x9C") return at + 2;
  }
  return at;
}

bool opens_string(char c) {
  return c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_';
}

/// `at` is behind an ESC.
std::size_t skip_escape(std::string_view text, std::size_t at) {
  if (at >= text.size()) return at;
  if (text[at] == '[') return skip_control_sequence(text, at + 1);
  if (opens_string(text[at])) return skip_control_string(text, at + 1);
  while (at < text.size() && text[at] >= 0x20 && text[at] <= 0x2F) ++at;
  if (at < text.size() && text[at] >= 0x30 && text[at] <= 0x7E) ++at;
  return at;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte == 0x1B) {
      at = skip_escape(text, at + 1);
      continue;
    }
    if (byte < 0x20 || byte == 0x7F) {
      if (byte == '\t' || byte == '\n' || byte == '\r') result += text[at];
      ++at;
      continue;
    }
    const std::size_t length = text::utf8_length(text, at);
    if (length == 0) {
      result += "\xEF\xBF\xBD";
      ++at;
      continue;
    }
    if (byte == 0xC2 && static_cast<unsigned char>(text[at + 1]) < 0xA0) {
      // The C1 controls: each stands for ESC and the byte 0x40 lower.
      const char escaped = static_cast<char>(static_cast<unsigned char>(text[at + 1]) - 0x40);
      at += 2;
      if (escaped == '[') at = skip_control_sequence(text, at);
      if (opens_string(escaped)) at = skip_control_string(text, at);
      continue;
    }
    result += text.substr(at, length);
    at += length;
  }
  return result;
}

}  // namespace autofix::problems
