// Any bytes as a command's output and as a test report. The tallies and the names have to agree.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "server/problems/readers.h"

namespace {

void check(const autofix::problems::TestReport& report) {
  if (report.passed < 0 || report.failed < 0 || report.skipped < 0) std::abort();
  for (const autofix::problems::Problem& problem : report.problems) {
    if (problem.message.empty()) std::abort();
    const bool is_failure = problem.kind == autofix::problems::ProblemKind::test_failure;
    if (is_failure != problem.test.has_value()) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  check(autofix::problems::read_output(text, 1));
  if (const auto report = autofix::problems::read_test_report(text)) check(*report);
  return 0;
}
