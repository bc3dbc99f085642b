// By hand and not by std::regex: its states recurse for each character, and its locale's tables are written
// by several threads at once.
#include <algorithm>
#include <array>
#include <cctype>

#include "server/fix/cache_entry.h"

namespace autofix::fix {
namespace {

constexpr std::size_t kMostMessageBytes = 4'000;

bool is_digit(char c) {
  return std::isdigit(static_cast<unsigned char>(c)) != 0;
}
bool is_word(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}
bool is_blank(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

/// Reads a message from its beginning to its end, one thing at a time.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::string normalised() {
    while (at_ < text_.size()) {
      if (take_blanks() || take_place() || take_address() || take_number()) continue;
      out_ += text_[at_++];
    }
    while (out_.ends_with(' ')) out_.pop_back();
    return std::move(out_);
  }

 private:
  char peek(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
  std::size_t digits_from(std::size_t at) const {
    while (is_digit(peek(at))) ++at;
    return at;
  }
  bool begins_word() const { return at_ == 0 || !is_word(text_[at_ - 1]); }

  bool take_blanks() {
    if (!is_blank(text_[at_])) return false;
    while (is_blank(peek(at_))) ++at_;
    if (!out_.empty() && !out_.ends_with(' ')) out_ += ' ';
    return true;
  }

  /// `:12` and `:12:3`
  bool take_place() {
    if (text_[at_] != ':' || !is_digit(peek(at_ + 1))) return false;
    at_ = digits_from(at_ + 1);
    return true;
  }

  bool take_address() {
    if (text_[at_] != '0' || peek(at_ + 1) != 'x' || !begins_word()) return false;
    std::size_t end = at_ + 2;
    while (std::isxdigit(static_cast<unsigned char>(peek(end))) != 0) ++end;
    if (end == at_ + 2) return false;
    at_ = end;
    out_ += "ADDRESS";
    return true;
  }

  /// `0.12s`, `3 seconds` and the number after `line`; other numbers mean something.
  bool take_number() {
    if (!is_digit(text_[at_]) || !begins_word()) return false;
    const std::size_t whole = digits_from(at_);
    std::size_t end = whole;
    if (peek(end) == '.' && is_digit(peek(end + 1))) end = digits_from(end + 1);
    if (const std::size_t unit = end_of_time_unit(end); unit > 0) {
      at_ = unit;
      out_ += "TIME";
    } else if (follows_place_word()) {
      at_ = whole;
      out_ += "N";
    } else {
      out_ += text_.substr(at_, end - at_);
      at_ = end;
    }
    return true;
  }

  std::size_t end_of_time_unit(std::size_t at) const {
    if (peek(at) == ' ') ++at;
    std::size_t end = at;
    while (is_word(peek(end))) ++end;
    constexpr std::array<std::string_view, 5> kUnits = {"ms", "s", "sec", "second", "seconds"};
    const bool known = std::ranges::find(kUnits, text_.substr(at, end - at)) != kUnits.end();
    return known ? end : 0;
  }

  bool follows_place_word() const {
    constexpr std::array<std::string_view, 4> kWords = {"line ", "Line ", "column ", "col "};
    return std::ranges::any_of(kWords, [&](std::string_view word) {
      if (!out_.ends_with(word)) return false;
      return out_.size() == word.size() || !is_word(out_[out_.size() - word.size() - 1]);
    });
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string out_;
};

}  // namespace

std::string normalised_message(std::string_view message, std::string_view path) {
  std::string text(message.substr(0, kMostMessageBytes));
  if (!path.empty()) {
    for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path, at)) {
      text.replace(at, path.size(), "FILE");
      at += 4;
    }
  }
  return Reader(text).normalised();
}

}  // namespace autofix::fix
