// Random texts made of what breaks text code: all line endings, multi-byte characters, bytes that are no
// UTF-8, a byte-order mark, repeated lines.
#pragma once

#include <array>
#include <cstddef>
#include <random>
#include <string>

namespace autofix::text {

inline std::string random_text(std::mt19937& random, std::size_t max_pieces) {
  static const std::array<std::string, 20> kPieces = {
      "\n", "\n",     "\r\n",   "\r",         "a",  "b",    "    ",     "}",      "\u00e9",       "\u20ac",
      "x",  "\u20ad", "\u00ea", "\U0001F600", "\t", "\xFF", "\xE2\x82", "same\n", "\xEF\xBB\xBF", "\xF0\x9F"};
  std::string text;
  for (std::size_t n = random() % (max_pieces + 1); n > 0; --n) text += kPieces[random() % kPieces.size()];
  return text;
}

}  // namespace autofix::text
