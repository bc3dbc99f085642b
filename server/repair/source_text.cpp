#include "server/repair/source_text.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "server/text/line_ending.h"

namespace autofix::repair {

bool is_word_byte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '_';
}

bool is_identifier(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())) == 0 &&
         std::all_of(text.begin(), text.end(), is_word_byte);
}

std::vector<std::size_t> find_words(std::string_view text, std::string_view word) {
  std::vector<std::size_t> found;
  if (word.empty()) return found;
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if (at > 0 && is_word_byte(text[at - 1])) continue;
    if (end < text.size() && is_word_byte(text[end])) continue;
    found.push_back(at);
  }
  return found;
}

namespace {

struct Quotes {
  std::string_view open;
  std::string_view close;
};
constexpr std::array<Quotes, 5> kQuotes = {
    Quotes{"\u2018", "\u2019"}, {"\u201c", "\u201d"}, {"'", "'"}, {"\"", "\""}, {"`", "`"}};

/// The quoted text that begins at `at`, without its quotes; `after` is set behind it.
std::optional<std::string_view> quoted_at(std::string_view text, std::size_t at, std::size_t& after) {
  for (const Quotes& quotes : kQuotes) {
    if (text.substr(at, quotes.open.size()) != quotes.open) continue;
    // An apostrophe inside a word quotes nothing: don't.
    if (quotes.open == "'" && at > 0 && is_word_byte(text[at - 1])) continue;
    const std::size_t begin = at + quotes.open.size();
    const std::size_t end = text.find(quotes.close, begin);
    if (end == std::string_view::npos) continue;
    after = end + quotes.close.size();
    return text.substr(begin, end - begin);
  }
  return std::nullopt;
}

}  // namespace

std::vector<std::string_view> quoted_names(std::string_view message) {
  std::vector<std::string_view> names;
  for (std::size_t at = 0; at < message.size();) {
    std::size_t after = 0;
    if (const auto name = quoted_at(message, at, after)) {
      names.push_back(*name);
      at = after;
    } else {
      ++at;
    }
  }
  return names;
}

std::string_view name_after(std::string_view message, std::string_view marker) {
  const std::size_t found = message.find(marker);
  if (found == std::string_view::npos) return {};
  std::size_t at = found + marker.size();
  while (at < message.size() && (message[at] == ' ' || message[at] == ':')) ++at;
  std::size_t after = 0;
  const auto name = at < message.size() ? quoted_at(message, at, after) : std::nullopt;
  return name.value_or(std::string_view());
}

namespace {

/// Where the literal or comment that begins at `at` ends; `at` itself when none does.
std::size_t end_of_non_code(std::string_view text, std::size_t at) {
  const auto until = [&](std::string_view end, std::size_t from) {
    const std::size_t found = text.find(end, from);
    return found == std::string_view::npos ? text.size() : found + end.size();
  };
  const std::string_view rest = text.substr(at);
  if (rest.starts_with("//")) return std::min(text.find_first_of("\r\n", at), text.size());
  if (rest.starts_with("/*")) return until("*/", at + 2);
  if (rest.starts_with("R\"") && (at == 0 || !is_word_byte(text[at - 1]))) {
    const std::size_t open = text.find('(', at);
    if (open == std::string_view::npos || open - at > 18) return at;
    return until(")" + std::string(text.substr(at + 2, open - at - 2)) + "\"", open);
  }
  const char quote = text[at];
  if (quote != '"' && quote != '\'' && quote != '`') return at;
  if (quote == '\'' && at > 0 && std::isalnum(static_cast<unsigned char>(text[at - 1])) != 0)
    return at;  // 1'000
  for (std::size_t end = at + 1; end < text.size(); ++end) {
    if (text[end] == '\\') {
      ++end;
    } else if (text[end] == quote) {
      return end + 1;
    } else if (quote != '`' && (text[end] == '\n' || text[end] == '\r')) {
      return end;
    }
  }
  return text.size();
}

}  // namespace

std::vector<bool> code_bytes(std::string_view text) {
  std::vector<bool> code(text.size(), true);
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = end_of_non_code(text, at);
    if (end == at) {
      ++at;
      continue;
    }
    for (; at < end; ++at) code[at] = false;
  }
  return code;
}

std::string_view ending_of(std::string_view text) {
  return text::line_ending_bytes(text::dominant_line_ending(text));
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::string_view stem_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? name : name.substr(0, dot);
}

}  // namespace autofix::repair
