// How one package of Go's tests becomes tests and problems, whether `go test` printed text or JSON. Not a
// reader.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/problems/test_report.h"

namespace autofix::problems {

inline constexpr std::size_t kMostGoText = 64 * 1024;

struct GoTest {
  bool is_announced = false;  ///< its beginning was seen
  std::optional<TestCase::Outcome> outcome;
  std::string text;  ///< what it printed, at most kMostGoText and a line
};

/// Tests are named `package.TestX`. A package that passes without naming a test is one test, and so is one
/// that fails without a failing test: it did not build, or ended early. `order` has the names of those that
/// ended.
TestReport go_package(const std::string& package, std::map<std::string, GoTest> tests,
                      const std::vector<std::string>& order, TestCase::Outcome outcome, bool is_empty);

/// A problem with the first `x_test.go:12: message` of the text, or its panic.
Problem go_failure(std::string name, std::string_view text);

}  // namespace autofix::problems
