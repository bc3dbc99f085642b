// `path:line:col: error: message` and its relatives: gcc, clang, ld, mypy, ruff, flake8, pyright, tsc, go,
// rustc.
#include <algorithm>
#include <array>
#include <cctype>

#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

constexpr std::size_t kMostProblems = 10'000;

struct SeverityWord {
  std::string_view word;
  Severity severity;
  bool is_note;
};

constexpr std::array<SeverityWord, 8> kWords = {{{"fatal error", Severity::error, false},
                                                 {"error", Severity::error, false},
                                                 {"warning", Severity::warning, false},
                                                 {"note", Severity::information, true},
                                                 {"help", Severity::information, true},
                                                 {"information", Severity::information, false},
                                                 {"info", Severity::information, false},
                                                 {"hint", Severity::hint, false}}};

bool is_code(std::string_view text) {
  const std::size_t letters = std::min(text.find_first_of("0123456789"), text.size());
  if (letters == 0 || letters > 5 || letters == text.size() || text.size() > 12) return false;
  return std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(letters),
                     [](unsigned char c) { return std::isupper(c) != 0; }) &&
         std::all_of(text.begin() + static_cast<std::ptrdiff_t>(letters), text.end(),
                     [](unsigned char c) { return std::isdigit(c) != 0; });
}

/// What follows a location: severity, code and message; false when it is no diagnostic.
bool read_rest(std::string_view rest, std::string_view path, Problem& problem, bool& is_note) {
  if (!take_prefix(rest, ":") && !take_prefix(rest, " -")) return false;
  rest = trimmed(rest);
  for (const SeverityWord& known : kWords) {
    std::string_view behind = rest;
    if (!take_prefix(behind, known.word)) continue;
    problem.severity = known.severity;
    is_note = known.is_note;
    if (take_prefix(behind, " ")) {  // error TS2304: …
      const std::size_t colon = behind.find(':');
      if (colon == std::string_view::npos || !is_code(behind.substr(0, colon))) return false;
      problem.code = behind.substr(0, colon);
      problem.source = problem.code.starts_with("TS") ? "tsc" : "compiler";
      behind.remove_prefix(colon);
    }
    if (!take_prefix(behind, ":")) return false;
    problem.message = trimmed(behind);
    return !problem.message.empty();
  }
  const std::size_t space = rest.find(' ');
  if (space != std::string_view::npos && is_code(rest.substr(0, space))) {
    problem.code = rest.substr(0, space);
    problem.message = trimmed(rest.substr(space));
    problem.source = "linter";
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

/// `message [-Wname]`, `message  [name-defined]`, `message (reportName)`
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
        return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '=' || c == '+' || c == '.' || c == '/';
      });
  if (!plain || (!square && !code.starts_with("report"))) return;
  problem.code = code;
  message.resize(message.find_last_not_of(' ', open) + 1);
}

class CompilerTextReader {
 public:
  explicit CompilerTextReader(std::string_view output) : lines_(lines_of(output)) {
    // GCC's gutter; its columns count characters as shown, Clang's count bytes.
    gutter_ = std::ranges::any_of(lines_, [](std::string_view line) {
      const std::string_view text = trimmed(line);
      const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
      return line.starts_with(' ') && digits > 0 && text.substr(digits).starts_with(" | ");
    });
  }

  Problems read() {
    for (std::size_t at = 0; at < lines_.size() && problems_.size() < kMostProblems; ++at) take(at);
    return std::move(problems_);
  }

 private:
  void take(std::size_t at) {
    std::string_view line = lines_[at];
    if (take_include(line)) return;
    if (take_rust(at)) return;
    std::string_view text = line;
    take_prefix(text, "/usr/bin/ld: ");
    text = trimmed(text);
    const auto location = take_location(text);
    if (!location) return;
    Problem problem;
    bool is_note = false;
    if (!read_rest(location->rest, location->path, problem, is_note)) return;
    place(*location, problem);
    problem.message = printable(problem.message);
    take_code(problem);
    if (problem.source.empty()) problem.source = problem.path.ends_with(".py") ? "python" : "compiler";
    add(std::move(problem), is_note);
  }

  void place(const PrintedLocation& location, Problem& problem) const {
    problem.path = printable(location.path);
    if (problem.path.starts_with("./")) problem.path.erase(0, 2);
    const std::uint32_t column = location.column ? zero_based(*location.column) : 0;
    problem.range = {{zero_based(location.line), column}, {zero_based(location.line), column}};
    problem.encoding = gutter_ ? text::PositionEncoding::utf32 : text::PositionEncoding::utf8;
  }

  void add(Problem problem, bool is_note) {
    if (is_note) {
      if (!problems_.empty()) {
        problems_.back().related.push_back({problem.path, problem.range, problem.message});
      }
      return;
    }
    problem.related.insert(problem.related.end(), includes_.begin(), includes_.end());
    includes_.clear();
    const bool known = std::ranges::any_of(problems_, [&](const Problem& other) {
      return other.path == problem.path && other.range == problem.range && other.message == problem.message;
    });
    if (!known) problems_.push_back(std::move(problem));
  }

  /// `In file included from a.h:3,` and the lines `from b.cpp:1:` below it.
  bool take_include(std::string_view line) {
    std::string_view text = trimmed(line);
    const bool first = take_prefix(text, "In file included from ");
    if (!first && (includes_.empty() || !take_prefix(text, "from "))) return false;
    if (first) includes_.clear();
    if (const auto location = take_location(text)) {
      includes_.push_back({printable(location->path), line_start(location->line), "included from here"});
    }
    return true;
  }

  /// `error[E0425]: message`, and on the next line ` --> path:line:col`.
  bool take_rust(std::size_t at) {
    std::string_view line = lines_[at];
    if (at + 1 >= lines_.size()) return false;
    std::string_view arrow = trimmed(lines_[at + 1]);
    if (!take_prefix(arrow, "--> ")) return false;
    Problem problem;
    problem.source = "rustc";
    bool is_note = true;
    for (const SeverityWord& known : kWords) {
      std::string_view rest = line;
      if (!take_prefix(rest, known.word)) continue;
      problem.severity = known.severity;
      is_note = known.is_note;
      if (take_prefix(rest, "[")) {
        const std::size_t close = std::min(rest.find(']'), rest.size());
        problem.code = rest.substr(0, close);
        rest.remove_prefix(std::min(close + 1, rest.size()));
      }
      if (!take_prefix(rest, ": ")) return false;
      problem.message = printable(rest);
      break;
    }
    const auto location = take_location(arrow);
    if (problem.message.empty() || !location) return false;
    place(*location, problem);
    problem.encoding = text::PositionEncoding::utf32;
    add(std::move(problem), is_note);
    return true;
  }

  std::vector<std::string_view> lines_;
  bool gutter_ = false;
  std::vector<RelatedLocation> includes_;
  Problems problems_;
};

}  // namespace

Problems read_compiler_text(std::string_view output) {
  if (output.size() > kMaxReportBytes) return {};
  return CompilerTextReader(output).read();
}

}  // namespace autofix::problems
