#include <algorithm>
#include <array>
#include <string_view>

#include "server/verify/run_command.h"

namespace autofix::verify {
namespace {

constexpr std::string_view kBlank = " \t\n";

/// Words that only a shell knows what to do with when they stand first.
constexpr std::array<std::string_view, 40> kShellWords = {
    "!",     ".",    ":",     "alias", "bg",   "break",  "case", "cd",       "command", "continue",
    "do",    "done", "elif",  "else",  "esac", "eval",   "exec", "exit",     "export",  "fg",
    "fi",    "for",  "if",    "jobs",  "read", "return", "set",  "shift",    "source",  "then",
    "times", "trap", "umask", "unset", "wait", "while",  "{",    "readonly", "until",   "ulimit",
};

/// Reads words until it meets something that is a shell's business.
class WordReader {
 public:
  explicit WordReader(std::string_view text) : text_(text) {}

  /// False when the text needs a shell.
  bool read(std::vector<std::string>& words) {
    while (at_ < text_.size()) {
      if (kBlank.find(text_[at_]) != std::string_view::npos) {
        if (text_[at_] == '\n') return false;
        ++at_;
        continue;
      }
      if (!read_word()) return false;
      words.push_back(std::move(word_));
      word_.clear();
      if (words.size() == 1 && !plain_first_word(words.front())) return false;
    }
    return true;
  }

 private:
  bool read_word() {
    first_word_quoted_ = false;
    const std::size_t begin = at_;
    while (at_ < text_.size() && kBlank.find(text_[at_]) == std::string_view::npos) {
      const char byte = text_[at_];
      if (byte == '\'' || byte == '"' || byte == '\\') {
        first_word_quoted_ = true;
        if (!(byte == '\'' ? read_single() : byte == '"' ? read_double() : read_escape())) return false;
        continue;
      }
      if (std::string_view("|&;<>()$`*?[").find(byte) != std::string_view::npos) return false;
      if (at_ == begin && (byte == '~' || byte == '#')) return false;
      word_ += byte;
      ++at_;
    }
    return true;
  }

  bool read_single() {
    const std::size_t close = text_.find('\'', at_ + 1);
    if (close == std::string_view::npos) return false;
    word_ += text_.substr(at_ + 1, close - at_ - 1);
    at_ = close + 1;
    return true;
  }

  bool read_double() {
    for (++at_; at_ < text_.size(); ++at_) {
      const char byte = text_[at_];
      if (byte == '"') {
        ++at_;
        return true;
      }
      if (byte == '$' || byte == '`') return false;
      if (byte == '\\' && at_ + 1 < text_.size()) {
        const char next = text_[at_ + 1];
        if (next == '\n') {
          ++at_;
          continue;
        }
        if (next == '$' || next == '`' || next == '"' || next == '\\') {
          word_ += next;
          ++at_;
          continue;
        }
      }
      word_ += byte;
    }
    return false;
  }

  bool read_escape() {
    if (at_ + 1 >= text_.size()) return false;
    if (text_[at_ + 1] != '\n') word_ += text_[at_ + 1];
    at_ += 2;
    return true;
  }

  /// A first word like `NAME=value` sets a variable, and `cd` is no program.
  bool plain_first_word(const std::string& word) const {
    if (first_word_quoted_) return true;
    if (std::find(kShellWords.begin(), kShellWords.end(), word) != kShellWords.end()) return false;
    return word.find('=') == std::string::npos;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;
  bool first_word_quoted_ = false;
};

}  // namespace

Command parse_command(std::string text) {
  std::string_view words = text;
  while (!words.empty() && kBlank.find(words.front()) != std::string_view::npos) words.remove_prefix(1);
  // A blank after a backslash belongs to the last word.
  while (!words.empty() && kBlank.find(words.back()) != std::string_view::npos) {
    if (words.size() > 1 && words[words.size() - 2] == '\\') break;
    words.remove_suffix(1);
  }
  Command command;
  if (!WordReader(words).read(command.argv)) command.argv = {"/bin/sh", "-c", text};
  command.text = std::move(text);
  return command;
}

}  // namespace autofix::verify
