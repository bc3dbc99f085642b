// Places in a text. Not the wire's: protocol/types.h has those, and server/lsp/convert maps between them.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>

namespace autofix::text {

/// What one unit of Position::character is: LSP 3.17 "PositionEncodingKind".
enum class PositionEncoding { utf8, utf16, utf32 };

/// Zero-based line, and zero-based offset within the line in code units of an agreed PositionEncoding.
struct Position {
  std::uint32_t line = 0;
  std::uint32_t character = 0;
  auto operator<=>(const Position&) const = default;
};

/// Half-open: `end` is the first position that does not belong to the range.
struct Range {
  Position start;
  Position end;
  bool operator==(const Range&) const = default;
};

/// Half-open range of bytes of one text.
struct ByteSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
  bool operator==(const ByteSpan&) const = default;
};

}  // namespace autofix::text
