// Which reader a file is for, told by its first characters.
#include "server/problems/readers.h"
#include "server/problems/text_scan.h"

namespace autofix::problems {
namespace {

std::string_view without_mark(std::string_view text) {
  take_prefix(text, "\xEF\xBB\xBF");
  return trimmed(text);
}

}  // namespace

Read read_diagnostics(std::string_view content) {
  if (content.size() > kMaxReportBytes) return tl::unexpected(ReadError{"the report is larger than 64 MiB"});
  const std::string_view text = without_mark(content);
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

Read read_test_report(std::string_view content) {
  const std::string_view text = without_mark(content);
  if (text.empty()) return tl::unexpected(ReadError{"the report is empty"});
  if (text.starts_with('<')) return read_junit(content);
  return tl::unexpected(ReadError{"this is no test report that is known; JUnit XML is"});
}

}  // namespace autofix::problems
