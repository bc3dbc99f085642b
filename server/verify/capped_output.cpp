#include "server/verify/capped_output.h"

#include <algorithm>

#include "server/text/utf8.h"

namespace autofix::verify {
namespace {

constexpr std::size_t kNoteBytes = 64;  // room for the line that says what was dropped

bool continues_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0u) == 0x80u;
}

void drop_cut_end(std::string& text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const std::size_t at = text.size() - back;
    if (continues_character(text[at])) continue;
    const bool lead = static_cast<unsigned char>(text[at]) >= 0xC0u;
    if (lead && text::utf8_length(text, at) == 0) text.resize(at);
    return;
  }
}

void drop_cut_begin(std::string& text) {
  std::size_t count = 0;
  while (count < 3 && count < text.size() && continues_character(text[count])) ++count;
  text.erase(0, count);
}

}  // namespace

CappedOutput::CappedOutput(std::size_t max_bytes)
    : max_bytes_(max_bytes), head_bytes_(max_bytes / 2), tail_bytes_(max_bytes - head_bytes_) {}

void CappedOutput::add(std::string_view bytes) {
  total_ += bytes.size();
  const std::size_t to_head = std::min(bytes.size(), head_bytes_ - head_.size());
  head_ += bytes.substr(0, to_head);
  bytes.remove_prefix(to_head);
  if (bytes.size() > tail_bytes_) {
    tail_.clear();
    bytes.remove_prefix(bytes.size() - tail_bytes_);
  }
  tail_ += bytes;
  if (tail_.size() > 2 * tail_bytes_) tail_.erase(0, tail_.size() - tail_bytes_);
}

std::string CappedOutput::take() {
  if (total_ <= max_bytes_) return std::move(head_) + tail_;
  const std::size_t note_bytes = max_bytes_ > 4 * kNoteBytes ? kNoteBytes : 0;
  const std::size_t tail_bytes = tail_bytes_ - note_bytes;
  if (tail_.size() > tail_bytes) tail_.erase(0, tail_.size() - tail_bytes);
  drop_cut_end(head_);
  drop_cut_begin(tail_);
  std::string note;
  if (note_bytes != 0) {
    note = "\n[" + std::to_string(total_ - head_.size() - tail_.size()) + " bytes of output left out]\n";
  }
  return std::move(head_) + note + tail_;
}

}  // namespace autofix::verify
