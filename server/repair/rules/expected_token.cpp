// One missing `;`, `)` or `:` where the compiler says so and the text leaves no second place for it.
#include <algorithm>
#include <array>

#include "server/problems/text_scan.h"
#include "server/repair/rule.h"
#include "server/repair/source_text.h"

namespace autofix::repair {

namespace {

/// The end of the last code before `offset`: behind it only blanks and comments follow.
std::size_t end_of_code_before(std::string_view text, const std::vector<bool>& code, std::size_t offset) {
  std::size_t at = std::min(offset, text.size());
  while (at > 0) {
    const char c = text[at - 1];
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    // A string's bytes are no code but end a token all the same.
    const bool quote = !code[at - 1] && (c == '"' || c == '\'' || c == '`');
    if (quote || (code[at - 1] && !blank)) return at;
    --at;
  }
  return 0;
}

bool only_end_follows_on_line(std::string_view text, const std::vector<bool>& code, std::size_t from) {
  for (std::size_t at = from; at < text.size() && text[at] != '\n' && text[at] != '\r'; ++at) {
    if (!code[at]) continue;
    if (text[at] == '}') return true;
    if (text[at] != ' ' && text[at] != '\t') return false;
  }
  return true;
}

bool says(std::string_view message, std::string_view token) {
  const std::string quoted = "'" + std::string(token) + "'";
  const std::string curly = "\u2018" + std::string(token) + "\u2019";
  return message.starts_with("expected " + quoted) || message.starts_with("expected " + curly) ||
         message.starts_with("expected \u2018,\u2019 or " + curly) ||
         message.starts_with("expected `" + std::string(token) + "`") ||
         message.starts_with(quoted + " expected");
}

std::optional<Repair> semicolon(const Place& place, std::string_view message) {
  const std::string_view text = place.text;
  const std::vector<bool> code = code_bytes(text);
  const std::size_t at = end_of_code_before(text, code, place.at.begin);
  if (at == 0 || !only_end_follows_on_line(text, code, at)) return std::nullopt;
  const char before = text[at - 1];
  const bool definition =
      problems::contains(message, "after struct") || problems::contains(message, "after class") ||
      problems::contains(message, "after enum") || problems::contains(message, "after union");
  constexpr std::string_view kNeverBefore = ";{,(<=+-*/&|:?";
  if (kNeverBefore.find(before) != std::string_view::npos) return std::nullopt;
  if (before == '}' && !definition) return std::nullopt;
  return Repair{"expected-token", place.path, {{at, at, ";"}}, "A `;` is missing."};
}

std::optional<Repair> closing_parenthesis(const Place& place) {
  const std::string_view text = place.text;
  const std::vector<bool> code = code_bytes(text);
  int depth = 0;
  for (std::size_t at = place.line.begin; at < place.line.end; ++at) {
    if (!code[at]) continue;
    if (text[at] == '(') ++depth;
    if (text[at] == ')') --depth;
    if (depth < 0) return std::nullopt;
  }
  if (depth != 1 || place.at.begin < place.line.begin || place.at.begin > place.line.end) return std::nullopt;
  const std::size_t at = end_of_code_before(text, code, place.at.begin);
  std::size_t next = at;
  while (next < place.line.end && (text[next] == ' ' || text[next] == '\t')) ++next;
  // `f(a;` and `if (a {` have one place for it; `f(a b` may as well miss a comma.
  if (at <= place.line.begin || next >= place.line.end || (text[next] != ';' && text[next] != '{')) {
    return std::nullopt;
  }
  return Repair{"expected-token", place.path, {{at, at, ")"}}, "A `)` is missing."};
}

std::optional<Repair> python_colon(const Place& place) {
  std::string_view line = place.line_text();
  const std::size_t comment = line.find('#');
  if (comment != std::string_view::npos) {
    if (line.find_first_of("'\"") < comment) return std::nullopt;
    line = line.substr(0, comment);
  }
  while (!line.empty() && (line.back() == ' ' || line.back() == '\t')) line.remove_suffix(1);
  constexpr std::array<std::string_view, 14> kHeads = {"if ",   "elif ",  "else",   "for ",   "while ",
                                                       "def ",  "class ", "try",    "except", "finally",
                                                       "with ", "async ", "match ", "case "};
  const std::string_view statement = problems::trimmed(line);
  const bool head = std::any_of(kHeads.begin(), kHeads.end(),
                                [&](std::string_view word) { return statement.starts_with(word); });
  if (!head || line.ends_with(':') || line.ends_with(',') || line.ends_with('\\') || line.ends_with('(')) {
    return std::nullopt;
  }
  if (std::count(line.begin(), line.end(), '(') != std::count(line.begin(), line.end(), ')'))
    return std::nullopt;
  const std::size_t at = place.line.begin + line.size();
  return Repair{"expected-token", place.path, {{at, at, ":"}}, "A `:` is missing."};
}

}  // namespace

std::optional<Repair> expected_token(const Subject& subject) {
  for (const Place& place : subject.places) {
    const Language language = language_of(place.path);
    for (const std::string& message : subject.messages) {
      if (language == Language::python) {
        if (problems::contains(message, "expected ':'") || problems::contains(message, "Expected \":\"")) {
          return python_colon(place);
        }
        continue;
      }
      if (!place.exact) continue;
      const bool braces = language != Language::other || place.path.ends_with(".rs") ||
                          place.path.ends_with(".java") || place.path.ends_with(".cs");
      if (!braces) continue;
      if (says(message, ";")) return semicolon(place, message);
      if (says(message, ")")) return closing_parenthesis(place);
    }
  }
  return std::nullopt;
}

}  // namespace autofix::repair
