#include "server/problems/diagnostic_words.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

struct SeverityWord {
  std::string_view word;
  Severity severity;
  bool is_note;
};

constexpr std::array<SeverityWord, 11> kWords = {{{"fatal error", Severity::error, false},
                                                  {"error", Severity::error, false},
                                                  {"warning", Severity::warning, false},
                                                  {"note", Severity::information, true},
                                                  {"help", Severity::information, true},
                                                  {"information", Severity::information, false},
                                                  {"info", Severity::information, false},
                                                  {"hint", Severity::hint, false},
                                                  // cppcheck
                                                  {"style", Severity::hint, false},
                                                  {"performance", Severity::hint, false},
                                                  {"portability", Severity::hint, false}}};

bool is_upper(char c) {
  return c >= 'A' && c <= 'Z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// `F401`, `TS2304`, `SC2086`
bool is_code(std::string_view text) {
  const std::size_t letters = std::min(text.find_first_of("0123456789"), text.size());
  if (letters == 0 || letters > 5 || letters == text.size() || text.size() > 12) return false;
  const auto middle = text.begin() + static_cast<std::ptrdiff_t>(letters);
  return std::all_of(text.begin(), middle, is_upper) && std::all_of(middle, text.end(), is_digit);
}

/// pylint's `C0114: Missing module docstring (missing-module-docstring)`
bool read_pylint(std::string_view rest, Problem& problem) {
  const std::string_view code = rest.substr(0, 5);
  if (!is_code(code) || !rest.substr(code.size()).starts_with(": ") || !rest.ends_with(')')) return false;
  problem.code = code;
  problem.source = "pylint";
  problem.severity = Severity::information;  // convention, refactoring
  if (code.front() == 'E' || code.front() == 'F') problem.severity = Severity::error;
  if (code.front() == 'W') problem.severity = Severity::warning;
  rest = rest.substr(7);
  problem.message = trimmed(rest.substr(0, std::min(rest.rfind(" ("), rest.size())));
  return !problem.message.empty();
}

/// `error: message`, `error TS2304: message`, `error[E0425]: message`
bool read_severity(std::string_view rest, Problem& problem, bool& is_note) {
  for (const SeverityWord& known : kWords) {
    std::string_view behind = rest;
    if (!take_prefix(behind, known.word)) continue;
    problem.severity = known.severity;
    is_note = known.is_note;
    if (take_prefix(behind, " ")) {
      const std::size_t colon = behind.find(':');
      if (colon == std::string_view::npos || !is_code(behind.substr(0, colon))) return false;
      problem.code = behind.substr(0, colon);
      behind.remove_prefix(colon);
    } else if (take_prefix(behind, "[")) {
      const std::size_t close = behind.find(']');
      if (close == std::string_view::npos) return false;
      problem.code = behind.substr(0, close);
      behind.remove_prefix(close + 1);
    }
    if (!take_prefix(behind, ":")) return false;
    problem.message = trimmed(behind);
    return !problem.message.empty();
  }
  return false;
}

bool begins_with_word(std::string_view rest) {
  return std::ranges::any_of(kWords, [&](const SeverityWord& known) { return rest.starts_with(known.word); });
}

bool is_c_family(std::string_view path) {
  constexpr std::array<std::string_view, 10> kSuffixes = {".c",  ".cc",  ".cpp", ".cxx", ".h",
                                                          ".hh", ".hpp", ".hxx", ".m",   ".mm"};
  return std::ranges::any_of(kSuffixes, [&](std::string_view suffix) { return path.ends_with(suffix); });
}

}  // namespace

bool read_words(std::string_view rest, std::string_view path, Problem& problem, bool& is_note) {
  if (!take_prefix(rest, ":") && !take_prefix(rest, " -")) return false;
  rest = trimmed(rest);
  if (read_severity(rest, problem, is_note)) return true;
  // Go's messages have no severity, and may begin with such a word.
  if (begins_with_word(rest) && !path.ends_with(".go")) return false;
  if (read_pylint(rest, problem)) return true;
  const std::size_t space = rest.find(' ');
  if (space != std::string_view::npos && is_code(rest.substr(0, space))) {
    problem.code = rest.substr(0, space);
    problem.message = trimmed(rest.substr(space));
    problem.source = "flake8";
    problem.severity = Severity::warning;
    return true;
  }
  const bool linker =
      rest.starts_with("undefined reference to") || rest.starts_with("multiple definition of");
  if (!linker && !path.ends_with(".go")) return false;
  problem.message = rest;
  problem.source = linker ? "ld" : "go";
  return !rest.empty();
}

bool read_heading(std::string_view line, Problem& problem, bool& is_note) {
  problem.source = "rustc";
  if (read_severity(line, problem, is_note)) return true;
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !is_code(line.substr(0, space))) return false;
  problem.source = "ruff";
  problem.severity = Severity::warning;
  problem.code = line.substr(0, space);
  problem.message = trimmed(line.substr(space));
  is_note = false;
  return !problem.message.empty();
}

void take_code(Problem& problem) {
  std::string& message = problem.message;
  if (!problem.code.empty() || message.empty()) return;
  const bool square = message.ends_with(']');
  if (!square && !message.ends_with(')')) return;
  const std::size_t open = message.rfind(square ? " [" : " (");
  if (open == std::string::npos) return;
  const std::string code = message.substr(open + 2, message.size() - open - 3);
  const bool plain =
      !code.empty() && code.find(' ') == std::string::npos && std::ranges::all_of(code, [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '=' || c == '+' || c == '.' || c == '/' ||
               c == ',';
      });
  if (!plain || (!square && !code.starts_with("report"))) return;
  problem.code = code;
  message.resize(message.find_last_not_of(' ', open) + 1);
}

std::string source_of(const Problem& problem) {
  if (!problem.source.empty()) return problem.source;
  const std::string_view code = problem.code;
  const std::string_view path = problem.path;
  if (code.starts_with("TS") && is_code(code)) return "tsc";
  if (code.starts_with("SC") && is_code(code)) return "shellcheck";
  if (path.ends_with(".rs")) return "rustc";
  if (path.ends_with(".java")) return "javac";
  if (path.ends_with(".py") || path.ends_with(".pyi")) return "mypy";
  // Warnings of compilers begin with -W; clang-tidy's checks have a group, cppcheck's have none.
  if (is_c_family(path) && !code.empty() && !code.starts_with("-")) {
    return contains(code, "-") ? "clang-tidy" : "cppcheck";
  }
  return "compiler";
}

}  // namespace autofix::problems
