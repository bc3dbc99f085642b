#include "protocol/framing.h"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace autofix::protocol {
namespace {

// A body of this size may really follow, and is skipped; a larger number is a broken header.
constexpr std::size_t kMaxSkippedBytes = std::size_t{1} << 32;

constexpr std::string_view kLengthName = "content-length";

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(
      a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

struct HeaderError {
  FrameError error;
  bool contradicts_itself = false;  ///< then no part of it is a header either
};

tl::unexpected<HeaderError> bad_header(const char* why, bool contradicts_itself = false) {
  return tl::unexpected(HeaderError{{why}, contradicts_itself});
}

/// The length that a header block names. Other fields are ignored.
tl::expected<std::size_t, HeaderError> content_length(std::string_view header) {
  std::optional<std::size_t> length;
  while (!header.empty()) {
    const std::size_t end = std::min(header.find('\n'), header.size());
    const std::string_view line = trimmed(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    if (line.empty()) continue;
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos) return bad_header("a header line has no colon");
    if (!equal_ignoring_case(trimmed(line.substr(0, colon)), kLengthName)) continue;
    const std::string_view value = trimmed(line.substr(colon + 1));
    std::size_t number = 0;
    const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    if (value.empty() || error != std::errc() || stop != value.data() + value.size()) {
      return bad_header("Content-Length is not a number");
    }
    if (length && *length != number) return bad_header("two different Content-Lengths", true);
    length = number;
  }
  if (!length) return bad_header("a header has no Content-Length");
  if (*length > kMaxSkippedBytes) return bad_header("Content-Length is beyond all messages");
  return *length;
}

}  // namespace

void FrameReader::feed(std::string_view bytes) {
  if (begin_ > 0 && begin_ >= buffer_.size() / 2) {
    buffer_.erase(0, begin_);
    searched_ -= std::min(searched_, begin_);
    begin_ = 0;
  }
  buffer_ += bytes;
}

void FrameReader::drop(std::size_t count) {
  begin_ += count;
  searched_ = begin_;
  if (begin_ == buffer_.size()) {
    buffer_.clear();
    begin_ = searched_ = 0;
    if (buffer_.capacity() > (std::size_t{1} << 20)) buffer_.shrink_to_fit();
  }
}

std::optional<tl::expected<std::string, FrameError>> FrameReader::next() {
  while (true) {
    if (to_skip_ > 0) {
      const std::size_t count = std::min(to_skip_, buffer_.size() - begin_);
      drop(count);
      to_skip_ -= count;
      if (to_skip_ > 0) return std::nullopt;
    }
    if (lost_) {
      resynchronise();
      if (lost_) return std::nullopt;
    }
    if (!length_) {
      if (Frame error = read_header()) return error;
      if (!length_) {
        if (to_skip_ > 0 || lost_) continue;
        return std::nullopt;
      }
    }
    if (buffer_.size() - begin_ < *length_) {
      buffer_.reserve(begin_ + *length_);
      return std::nullopt;
    }
    std::string body = buffer_.substr(begin_, *length_);
    drop(*length_);
    length_.reset();
    return tl::expected<std::string, FrameError>(std::move(body));
  }
}

FrameReader::Frame FrameReader::read_header() {
  const std::size_t from = std::max(begin_, searched_ > 3 ? searched_ - 3 : 0);
  std::size_t end = buffer_.find("\r\n\r\n", from);
  std::size_t marker = 4;
  if (const std::size_t bare = buffer_.find("\n\n", from); bare < end) {  // tolerated: hand-written clients
    end = bare;
    marker = 2;
  }
  if (end == std::string::npos) {
    searched_ = buffer_.size();
    if (buffer_.size() - begin_ <= kMaxHeaderBytes) return std::nullopt;
    lost_ = true;
    return Frame(tl::unexpected(FrameError{"a header is longer than 16 KiB"}));
  }
  const std::string_view header = std::string_view(buffer_).substr(begin_, end - begin_);
  const auto length = content_length(header);
  if (!length) {
    // A good header may stand within what was taken for one, behind its first line.
    const std::size_t line = header.find('\n');
    const bool whole = length.error().contradicts_itself;
    drop(whole ? header.size() + marker : line == std::string_view::npos ? 1 : line + 1);
    lost_ = true;
    return Frame(tl::unexpected(length.error().error));
  }
  drop(header.size() + marker);
  if (*length > kMaxFrameBytes) {
    to_skip_ = *length;
    return Frame(tl::unexpected(FrameError{"a message is larger than 64 MiB"}));
  }
  length_ = *length;
  return std::nullopt;
}

void FrameReader::resynchronise() {
  const std::string_view rest = std::string_view(buffer_).substr(begin_);
  const auto* const found =
      std::search(rest.begin(), rest.end(), kLengthName.begin(), kLengthName.end(),
                  [](unsigned char x, unsigned char y) { return std::tolower(x) == y; });
  if (found != rest.end()) {
    drop(static_cast<std::size_t>(found - rest.begin()));
    lost_ = false;
    return;
  }
  // The name may be cut at the end of what came so far.
  const std::size_t keep = std::min(rest.size(), kLengthName.size() - 1);
  drop(rest.size() - keep);
}

std::string frame(std::string_view body) {
  std::string out = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out += body;
  return out;
}

}  // namespace autofix::protocol
