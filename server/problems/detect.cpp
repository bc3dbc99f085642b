// Which reader a file is for, told by its first characters.
#include <nlohmann/json.hpp>

#include "server/problems/document.h"
#include "server/problems/json_report.h"
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"
#include "server/text/json.h"

namespace autofix::problems {
namespace {

std::string_view without_mark(std::string_view text) {
  take_prefix(text, "\xEF\xBB\xBF");
  return trimmed(text);
}

/// Linters' own JSON; LSP's and SARIF have readers that say what is wrong with a report.
std::optional<Read> read_linter_report(std::string_view text) {
  if (text.starts_with("{\"reason\"")) return read_cargo_json(text);
  const auto root = text::parse_json(text);
  return root ? read_linter_json(*root) : std::nullopt;
}

}  // namespace

Read read_diagnostics(std::string_view content) {
  if (content.size() > kMaxReportBytes) return tl::unexpected(ReadError{"the report is larger than 64 MiB"});
  const std::string_view text = without_mark(content);
  if (text.starts_with('{') || text.starts_with('[')) {
    if (auto read = read_linter_report(text)) return *read;
  }
  if (text.starts_with('{')) return read_sarif(content);
  if (text.starts_with('[')) {
    // A compiler's text may begin with a bracket, too: `[1/3] Building …`.
    auto read = read_diagnostics_json(content);
    if (read || text.substr(1).find_first_not_of(" \t\r\n") == std::string_view::npos) return read;
    Problems printed = read_compiler_text(content);
    if (!printed.empty()) return printed;
    return read;
  }
  if (text.starts_with("<?xml") || text.starts_with("<testsuite")) {
    return tl::unexpected(ReadError{"this is XML: test reports are read with --tests"});
  }
  return read_compiler_text(content);
}

ReadReport read_test_report(std::string_view content) {
  if (content.size() > kMaxReportBytes) return tl::unexpected(ReadError{"the report is larger than 64 MiB"});
  const std::string_view text = without_mark(content);
  if (text.empty()) return tl::unexpected(ReadError{"the report is empty"});
  if (text.starts_with('<')) return read_junit(content);
  if (text.starts_with('{')) {
    if (text.substr(0, text.find('\n')).find("\"Action\":") != std::string_view::npos)
      return read_go_json(text);
    const auto root = text::parse_json(text);
    if (!root) return tl::unexpected(ReadError{"test report: " + root.error()});
    if (auto read = read_test_json(*root)) return *read;
    return tl::unexpected(
        ReadError{"this JSON is no test report that is known; Jest's, Mocha's and others' are"});
  }
  auto tap = read_tap(content);
  if (tap || text.starts_with("TAP version ")) return tap;
  return tl::unexpected(
      ReadError{"this is no test report that is known; JUnit XML, TAP and several JSON formats are"});
}

}  // namespace autofix::problems
