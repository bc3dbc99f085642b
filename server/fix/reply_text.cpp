#include "server/fix/reply_text.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace autofix::fix {
namespace {

constexpr std::size_t kLongestPath = 400;

/// Files that have no dot and no slash and still are files.
constexpr std::array kBareNames = {"Makefile", "Dockerfile",  "Rakefile",    "Gemfile", "Procfile",
                                   "LICENSE",  "README",      "CMakeLists",  "BUILD",   "WORKSPACE",
                                   "Justfile", "Vagrantfile", "Jenkinsfile", "untitled"};

bool is_plausible_path(std::string_view text) {
  if (text.empty() || text.size() > kLongestPath) return false;
  if (std::ranges::any_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; })) return false;
  if (std::ranges::find(kBareNames, text) != kBareNames.end()) return true;
  if (text.find_first_of("<>|*?\"(){};=,") != std::string_view::npos) return false;
  if (text.ends_with('/') || text.ends_with('.')) return false;
  const std::size_t slash = text.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? text : text.substr(slash + 1);
  return slash != std::string_view::npos || name.find('.') != std::string_view::npos;
}

bool strip_pair(std::string_view& text, std::string_view mark) {
  if (text.size() <= 2 * mark.size() || !text.starts_with(mark) || !text.ends_with(mark)) return false;
  text.remove_prefix(mark.size());
  text.remove_suffix(mark.size());
  return true;
}

bool starts_with_word(std::string_view text, std::string_view word) {
  if (text.size() < word.size()) return false;
  for (std::size_t at = 0; at < word.size(); ++at) {
    if (std::tolower(static_cast<unsigned char>(text[at])) != word[at]) return false;
  }
  return true;
}

}  // namespace

std::string_view trimmed_text(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

std::vector<ReplyLine> reply_lines(std::string_view text) {
  std::vector<ReplyLine> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::size_t full = end == std::string_view::npos ? text.size() : end + 1;
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back({line, text.substr(0, full)});
    text.remove_prefix(full);
  }
  return lines;
}

std::string joined_lines(const std::vector<ReplyLine>& lines, std::size_t first, std::size_t last) {
  std::string out;
  for (std::size_t at = first; at < last; ++at) out += lines[at].full;
  return out;
}

std::optional<std::string_view> fence_info(std::string_view line) {
  line = trimmed_text(line);
  for (const char mark : {'`', '~'}) {
    const std::size_t count = std::min(line.find_first_not_of(mark), line.size());
    if (count < 3) continue;
    const std::string_view info = line.substr(count);
    if (info.find(mark) == std::string_view::npos) return trimmed_text(info);
  }
  return std::nullopt;
}

std::string path_in_line(std::string_view line) {
  line = trimmed_text(line);
  while (line.starts_with('#')) line.remove_prefix(1);
  line = trimmed_text(line);
  for (const std::string_view bullet : {"- ", "* ", "// ", "-- "}) {
    if (line.starts_with(bullet)) line = trimmed_text(line.substr(bullet.size()));
  }
  for (bool again = true; again;) {
    again = false;
    if (line.ends_with(':')) {
      line.remove_suffix(1);
      again = true;
    }
    for (const std::string_view word : {"file:", "path:", "filename:", "file ", "path "}) {
      if (starts_with_word(line, word)) {
        line = trimmed_text(line.substr(word.size()));
        again = true;
      }
    }
    for (const std::string_view mark : {"**", "__", "`", "\"", "'", "*"})
      again = strip_pair(line, mark) || again;
    line = trimmed_text(line);
  }
  if (line.find(' ') == std::string_view::npos && line.find('`') == std::string_view::npos) {
    return is_plausible_path(line) ? std::string(line) : std::string();
  }
  // Prose with one path in backticks: "In `app/x.py`, add the import".
  std::string found;
  for (std::size_t open = line.find('`'); open != std::string_view::npos;) {
    const std::size_t close = line.find('`', open + 1);
    if (close == std::string_view::npos) break;
    const std::string_view inside = line.substr(open + 1, close - open - 1);
    if (inside.find(' ') == std::string_view::npos && is_plausible_path(inside)) {
      if (!found.empty() && found != inside) return {};
      found = inside;
    }
    open = line.find('`', close + 1);
  }
  if (found.empty() && line.find('/') != std::string_view::npos && is_plausible_path(line)) {
    // A path with blanks in it, alone on its line: every component must look like a name, not like prose.
    const std::size_t dot = line.rfind('.');
    if (dot != std::string_view::npos && line.find(' ', dot) == std::string_view::npos &&
        line.find(". ") == std::string_view::npos && line.find(' ') > line.find('/')) {
      return std::string(line);
    }
  }
  return found;
}

std::string path_in_fence_info(std::string_view info) {
  info = trimmed_text(info);
  if (info.empty()) return {};
  for (const std::string_view attribute : {"title=", "file=", "path=", "filename="}) {
    const std::size_t at = info.find(attribute);
    if (at == std::string_view::npos) continue;
    std::string_view value = info.substr(at + attribute.size());
    value = value.substr(0, value.find(' '));
    strip_pair(value, "\"");
    strip_pair(value, "'");
    if (is_plausible_path(value)) return std::string(value);
  }
  const std::size_t space = info.find_last_of(" \t");
  std::string_view word = space == std::string_view::npos ? info : info.substr(space + 1);
  if (const std::size_t colon = word.find(':'); colon != std::string_view::npos)
    word.remove_prefix(colon + 1);
  return is_plausible_path(word) ? std::string(word) : std::string();
}

std::string first_sentence(std::string_view text) {
  bool in_fence = false;
  for (const ReplyLine& line : reply_lines(text)) {
    const std::string_view content = trimmed_text(line.text);
    if (fence_info(content)) {
      in_fence = !in_fence;
      continue;
    }
    if (in_fence || content.empty()) continue;
    if (content.starts_with("<<<<<") || content.starts_with("*** ") || content.starts_with("--- ") ||
        content.starts_with("diff --git")) {
      return {};
    }
    if (content.find(' ') == std::string_view::npos || content.starts_with('#')) continue;
    std::size_t end = content.size();
    for (const std::string_view stop : {". ", "! ", "? "}) {
      if (const std::size_t at = content.find(stop); at != std::string_view::npos)
        end = std::min(end, at + 1);
    }
    std::string sentence(content.substr(0, end));
    if (sentence.size() > 200) {
      std::size_t cut = 200;
      while (cut > 0 && (static_cast<unsigned char>(sentence[cut]) & 0xC0U) == 0x80U) --cut;
      sentence.resize(cut);
      sentence += "…";
    }
    std::erase_if(sentence, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
    return sentence;
  }
  return {};
}

}  // namespace autofix::fix
