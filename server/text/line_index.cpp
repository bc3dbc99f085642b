#include "server/text/line_index.h"

#include <algorithm>
#include <iterator>

#include "server/text/utf8.h"

namespace autofix::text {
namespace {

/// Whether a line begins at `at`. Only the bytes at `at - 1` and `at` decide, which is what makes the
/// index cheap to keep.
bool begins_line(std::string_view text, std::size_t at) {
  if (at == 0) return true;
  if (text[at - 1] == '\n') return true;
  return text[at - 1] == '\r' && (at == text.size() || text[at] != '\n');
}

/// Units of the character at `at`, which is `length` bytes long. A byte that is no UTF-8 counts as one unit:
/// it is the one U+FFFD that an editor shows.
std::size_t units(std::size_t length, PositionEncoding encoding) {
  switch (encoding) {
    case PositionEncoding::utf8:
      return length;
    case PositionEncoding::utf16:
      return length == 4 ? 2 : 1;
    case PositionEncoding::utf32:
      return 1;
  }
  return 1;
}

}  // namespace

LineIndex::LineIndex(std::string_view text) {
  starts_.push_back(0);
  for (std::size_t at = text.find_first_of("\r\n"); at != std::string_view::npos;
       at = text.find_first_of("\r\n", at)) {
    ++at;
    if (begins_line(text, at)) starts_.push_back(at);
  }
}

ByteSpan LineIndex::line_with_ending(std::string_view text, std::size_t line) const {
  if (line >= starts_.size()) return {text.size(), text.size()};
  const std::size_t end = line + 1 < starts_.size() ? starts_[line + 1] : text.size();
  return {starts_[line], end};
}

ByteSpan LineIndex::line(std::string_view text, std::size_t line) const {
  ByteSpan span = line_with_ending(text, line);
  if (span.end > span.begin && text[span.end - 1] == '\n') --span.end;
  if (span.end > span.begin && text[span.end - 1] == '\r') --span.end;
  return span;
}

std::size_t LineIndex::offset_of(std::string_view text, Position position, PositionEncoding encoding) const {
  const ByteSpan span = line(text, position.line);
  if (encoding == PositionEncoding::utf8) {
    if (position.character >= span.end - span.begin) return span.end;
    return character_start(text, span.begin + position.character);
  }
  std::size_t left = position.character;
  std::size_t at = span.begin;
  while (at < span.end && left > 0) {
    const std::size_t length = character_length(text, at);
    const std::size_t cost = units(length, encoding);
    if (cost > left) break;
    left -= cost;
    at += length;
  }
  return at;
}

ByteSpan LineIndex::span_of(std::string_view text, Range range, PositionEncoding encoding) const {
  const std::size_t begin = offset_of(text, range.start, encoding);
  return {begin, std::max(begin, offset_of(text, range.end, encoding))};
}

Position LineIndex::position_of(std::string_view text, std::size_t offset, PositionEncoding encoding) const {
  offset = std::min(offset, text.size());
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const auto number = static_cast<std::size_t>(std::distance(starts_.begin(), after)) - 1;
  const ByteSpan span = line(text, number);
  const std::size_t stop = character_start(text, std::min(offset, span.end));
  std::size_t character = 0;
  if (encoding == PositionEncoding::utf8) {
    character = stop - span.begin;
  } else {
    for (std::size_t at = span.begin; at < stop;) {
      const std::size_t length = character_length(text, at);
      character += units(length, encoding);
      at += length;
    }
  }
  return {static_cast<std::uint32_t>(number), static_cast<std::uint32_t>(character)};
}

Range LineIndex::range_of(std::string_view text, ByteSpan span, PositionEncoding encoding) const {
  return {position_of(text, span.begin, encoding), position_of(text, span.end, encoding)};
}

void LineIndex::replace(std::string_view after, ByteSpan span, std::string_view replacement) {
  // A line start depends on the byte before it and the byte at it, so those from span.begin to span.end
  // (both included) may change, and none else.
  const auto first = std::lower_bound(starts_.begin() + 1, starts_.end(), span.begin);
  const auto last = std::upper_bound(first, starts_.end(), span.end);
  std::vector<std::size_t> fresh;
  const std::size_t end = span.begin + replacement.size();
  for (std::size_t at = std::max<std::size_t>(span.begin, 1); at <= end; ++at) {
    if (begins_line(after, at)) fresh.push_back(at);
  }
  // Unsigned arithmetic wraps to the right value where the text became shorter.
  const std::size_t shift = end - span.end;
  for (auto start = last; start != starts_.end(); ++start) *start += shift;
  const auto old_count = static_cast<std::size_t>(std::distance(first, last));
  const std::size_t kept = std::min(old_count, fresh.size());
  const auto middle = static_cast<std::ptrdiff_t>(kept);
  const auto hole = std::copy_n(fresh.begin(), kept, first);
  if (old_count > kept) {
    starts_.erase(hole, last);
  } else {
    starts_.insert(hole, fresh.begin() + middle, fresh.end());
  }
}

}  // namespace autofix::text
