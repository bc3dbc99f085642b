// The shape of UTF-8 sequences in texts that may hold anything. Deliberately no conversion to other forms.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace autofix::text {

/// How many bytes the well-formed sequence at `at` has (1 to 4); 0 where none begins. `at` is within bounds.
std::size_t utf8_length(std::string_view text, std::size_t at);

/// As utf8_length, but a byte that begins no sequence is a character of its own.
inline std::size_t character_length(std::string_view text, std::size_t at) {
  const std::size_t length = utf8_length(text, at);
  return length == 0 ? 1 : length;
}

/// The beginning of the character that the byte at `at` belongs to; the text's end stays where it is.
std::size_t character_start(std::string_view text, std::size_t at);

/// The beginning and the end of a text in at most so many bytes, whole characters.
std::string_view first_bytes(std::string_view text, std::size_t most);
std::string_view last_bytes(std::string_view text, std::size_t most);

bool is_utf8(std::string_view text);

/// `text` with every byte that belongs to no sequence replaced by U+FFFD.
std::string to_utf8(std::string_view text);

}  // namespace autofix::text
