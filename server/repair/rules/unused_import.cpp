// An import, include or use that a linter calls unused: its line, or its name in a list of several.
#include <algorithm>
#include <array>

#include "server/problems/text_scan.h"
#include "server/repair/python_module.h"
#include "server/repair/rule.h"
#include "server/repair/source_text.h"

namespace autofix::repair {

namespace {

bool says_unused(const problems::Problem& problem) {
  constexpr std::array<std::string_view, 3> kCodes = {"F401", "W0611", "unused-includes"};
  constexpr std::array<std::string_view, 8> kPhrases = {
      "imported but unused",   "Unused import",   "unused import",       "is not used directly",
      "imported and not used", "is not accessed", "value is never read", "is defined but never used"};
  return std::find(kCodes.begin(), kCodes.end(), problem.code) != kCodes.end() ||
         std::any_of(kPhrases.begin(), kPhrases.end(),
                     [&](std::string_view phrase) { return problems::contains(problem.message, phrase); });
}

/// The line with its ending.
text::ByteSpan whole_line(const Place& place) {
  const std::string_view text = place.text;
  std::size_t end = place.line.end;
  if (end < text.size()) end += text.substr(end, 2) == "\r\n" ? 2 : 1;
  return {place.line.begin, end};
}

Repair removal(const Place& place, text::ByteSpan span, std::string_view name) {
  return {
      "unused-import", place.path, {{span.begin, span.end, ""}}, "`" + std::string(name) + "` is not used."};
}

/// One entry of a comma-separated list together with the comma that belongs to it.
text::ByteSpan with_comma(std::string_view text, text::ByteSpan span) {
  std::size_t end = span.end;
  while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
  if (end < text.size() && text[end] == ',') {
    ++end;
    while (end < text.size() && (text[end] == ' ' || text[end] == '\t')) ++end;
    return {span.begin, end};
  }
  std::size_t begin = span.begin;
  while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t')) --begin;
  if (begin > 0 && text[begin - 1] == ',') return {begin - 1, span.end};
  return span;
}

std::optional<Repair> python(const Place& place, const std::vector<std::string_view>& names) {
  if (stem_of(place.path) == "__init__") return std::nullopt;  // re-exports are a package's interface
  for (const PythonStatement& statement : python_head(place.text).imports) {
    if (place.at.begin < statement.span.begin || place.at.begin >= statement.span.end) continue;
    for (const PythonImport& import : statement.imports) {
      const std::string full = import.module.empty() ? import.name : import.module + "." + import.name;
      const auto spoken = std::find_if(names.begin(), names.end(), [&](std::string_view name) {
        return name == import.bound || name == import.name || name == full ||
               name == full + " as " + import.bound;
      });
      if (spoken == names.end()) continue;
      if (statement.imports.size() == 1) return removal(place, statement.span, import.bound);
      // In a bracketed list one name per line goes with its line.
      const std::string_view text = place.text;
      text::ByteSpan span = with_comma(text, import.span);
      const std::size_t line = text.rfind('\n', span.begin) + 1;
      const bool alone_before = problems::trimmed(text.substr(line, span.begin - line)).empty();
      const bool ends_line = span.end < text.size() && (text[span.end] == '\n' || text[span.end] == '\r');
      if (alone_before && ends_line && line > statement.span.begin) {
        span.begin = line;
        span.end = std::min(text.find('\n', span.end), text.size() - 1) + 1;
      }
      return removal(place, span, import.bound);
    }
  }
  return std::nullopt;
}

std::optional<Repair> script(const Place& place, const std::vector<std::string_view>& names) {
  const std::string_view line = place.line_text();
  const bool complete = line.starts_with("import ") && problems::contains(line, " from ");
  if (!complete || names.empty()) return std::nullopt;
  const std::string_view name = names.front();
  const std::size_t from = line.rfind(" from ");
  const std::string_view clause = problems::trimmed(line.substr(7, from - 7));
  const std::size_t open = clause.find('{');
  if (open == std::string_view::npos) {
    return clause == name || clause == "* as " + std::string(name) || clause == "type " + std::string(name)
               ? std::optional(removal(place, whole_line(place), name))
               : std::nullopt;
  }
  const std::size_t close = clause.find('}');
  if (close == std::string_view::npos) return std::nullopt;
  const std::string_view list = clause.substr(open + 1, close - open - 1);
  const bool several = list.find(',') != std::string_view::npos && problems::trimmed(list).back() != ',';
  const std::vector<std::size_t> found = find_words(line.substr(0, from), name);
  if (found.size() != 1) return std::nullopt;
  if (!several) {
    if (open != 0 && problems::trimmed(clause.substr(0, open)) != "type") return std::nullopt;
    return removal(place, whole_line(place), name);
  }
  const std::size_t begin = place.line.begin + found.front();
  const std::string_view after =
      problems::trimmed(line.substr(found.front() + name.size(), from - found.front() - name.size()));
  const std::string_view before = problems::trimmed(line.substr(0, found.front()));
  if (after.starts_with("as ") || before.ends_with(" as") || before.ends_with(" type")) return std::nullopt;
  if (!before.ends_with(',') && !before.ends_with('{')) return std::nullopt;
  return removal(place, with_comma(place.text, {begin, begin + name.size()}), name);
}

}  // namespace

std::optional<Repair> unused_import(const Subject& subject) {
  if (!says_unused(subject.problem) || subject.places.empty()) return std::nullopt;
  const Place& place = subject.places.front();
  const std::vector<std::string_view> names = quoted_names(subject.problem.message);
  const std::string_view line = problems::trimmed(place.line_text());
  switch (language_of(place.path)) {
    case Language::python:
      return python(place, names);
    case Language::script:
      return script(place, names);
    case Language::c:
    case Language::cpp:
      if (subject.problem.code != "unused-includes" &&
          !problems::contains(subject.problem.message, "is not used directly")) {
        return std::nullopt;
      }
      return line.starts_with("#include") ? std::optional(removal(place, whole_line(place), line.substr(8)))
                                          : std::nullopt;
    case Language::other:
      break;
  }
  // rustc names the path, go the package; a list in braces needs more than a line's text.
  const bool rust = place.path.ends_with(".rs") && line.starts_with("use ") && line.ends_with(';') &&
                    line.find('{') == std::string_view::npos;
  const bool go = place.path.ends_with(".go") && !names.empty() &&
                  (line == "\"" + std::string(names.front()) + "\"" ||
                   line == "import \"" + std::string(names.front()) + "\"");
  if (!rust && !go) return std::nullopt;
  return removal(place, whole_line(place), names.empty() ? line : names.front());
}

}  // namespace autofix::repair
