// Edits of one text by byte offsets, and the smallest set of them between two texts.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

namespace autofix::text {

/// Replaces the bytes [begin, end) of the text before all edits by `new_text`.
struct TextEdit {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string new_text;
  bool operator==(const TextEdit&) const = default;
};

struct EditError {
  std::string message;
};

/// Applies edits that all refer to `before`, in any order. Fails when two overlap, or one is out of bounds.
/// Two insertions at the same place keep their order.
tl::expected<std::string, EditError> apply_edits(std::string_view before, std::span<const TextEdit> edits);

/// The edits that turn `before` into `after`: found line by line (dtl), then trimmed inside the changed lines
/// to what differs, never splitting a UTF-8 sequence or a CR LF pair. Sorted, non-overlapping.
std::vector<TextEdit> minimal_edits(std::string_view before, std::string_view after);

}  // namespace autofix::text
