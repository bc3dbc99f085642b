// Where the lines of a text begin, and the way between byte offsets and positions. LF, CR LF and CR all end a
// line (LSP 3.17, "Text Documents").
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "server/text/position.h"

namespace autofix::text {

/// Holds offsets only; every call takes the text it was built from.
class LineIndex {
 public:
  explicit LineIndex(std::string_view text);

  /// At least 1: an empty text has one empty line.
  std::size_t line_count() const { return starts_.size(); }

  /// The line's bytes without its ending; an empty span at the end of the text for a line beyond the last.
  ByteSpan line(std::string_view text, std::size_t line) const;
  /// The line's bytes with its ending.
  ByteSpan line_with_ending(std::string_view text, std::size_t line) const;

  /// A character beyond the line's end counts as the line's end, a line beyond the last as the end of the
  /// text (LSP 3.17). A position inside a multi-unit character moves to its start.
  std::size_t offset_of(std::string_view text, Position position, PositionEncoding encoding) const;
  ByteSpan span_of(std::string_view text, Range range, PositionEncoding encoding) const;

  Position position_of(std::string_view text, std::size_t offset, PositionEncoding encoding) const;
  Range range_of(std::string_view text, ByteSpan span, PositionEncoding encoding) const;

  /// Keeps the index right after text[span] was replaced by `replacement`, at the cost of the lines touched
  /// plus a shift of the rest. `after` is the text after the replacement.
  void replace(std::string_view after, ByteSpan span, std::string_view replacement);

 private:
  std::vector<std::size_t> starts_;
};

}  // namespace autofix::text
