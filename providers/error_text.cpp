#include "providers/error_text.h"

#include <algorithm>

namespace autofix::providers {
namespace {

constexpr std::size_t kMaxShown = 300;
// More than is ever shown; spares the walk over megabytes of a hostile body.
constexpr std::size_t kMaxRead = 64 * 1024;

void mask(std::string& text, std::string_view secret) {
  // A very short "key" would mask ordinary words; no vendor has keys that short.
  if (secret.size() < 4) return;
  for (std::size_t at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "***");
    at += 3;
  }
}

/// Length of the valid UTF-8 sequence at the front, 0 when there is none.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t length = first < 0x80                    ? 1
                             : first >= 0xC2 && first < 0xE0 ? 2
                             : first >= 0xE0 && first < 0xF0 ? 3
                             : first >= 0xF0 && first < 0xF5 ? 4
                                                             : 0;
  if (length == 0 || length > text.size()) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  // C1 controls steer terminals as well as C0 ones do.
  if (first == 0xC2 && byte(1) < 0xA0) return 0;
  if (first == 0xE0 && byte(1) < 0xA0) return 0;
  if (first == 0xED && byte(1) >= 0xA0) return 0;
  if (first == 0xF0 && byte(1) < 0x90) return 0;
  if (first == 0xF4 && byte(1) >= 0x90) return 0;
  return length;
}

}  // namespace

std::string shown_text(std::string_view text, std::string_view secret) {
  // A key may straddle the cut: read on far enough to recognise it whole.
  std::string source(text.substr(0, std::min(text.size(), kMaxRead + secret.size())));
  mask(source, secret);
  std::string shown;
  bool gap = false;
  for (std::string_view rest = source; !rest.empty();) {
    const std::size_t length = sequence_length(rest);
    const char c = rest.front();
    if (length == 0 || (length == 1 && (c <= ' ' || c == 0x7F))) {
      gap = gap || length == 1;
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t needed = length + (gap && !shown.empty() ? 1 : 0);
    if (shown.size() + needed > kMaxShown) {
      shown += "…";
      break;
    }
    if (gap && !shown.empty()) shown += ' ';
    gap = false;
    shown += rest.substr(0, length);
    rest.remove_prefix(length);
  }
  return shown;
}

}  // namespace autofix::providers
