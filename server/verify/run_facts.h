// What one run of a detector or of tests showed, as sets that can be compared: pure.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "server/fix/verifier.h"
#include "server/problems/problem.h"
#include "server/verify/recipe.h"
#include "server/verify/run_command.h"

namespace autofix::verify {

struct RunFacts {
  bool ended = true;             ///< by itself: not by a limit, the deadline or a signal
  bool clean = true;             ///< ended, and with exit status 0
  std::set<std::string> passed;  ///< names of tests
  std::set<std::string> failed;
  std::set<std::string> skipped;
  std::map<std::string, int> diagnostics;                ///< by what they say, without lines: how many
  std::set<std::string> minor;                           ///< of them those that are less than warnings
  std::map<std::string, std::set<std::uint32_t>> lines;  ///< by the same: where
  fix::RunCounts counts;
  bool tests = false;  ///< a runner spoke: the counts are of tests
  std::string why;     ///< not clean: how it ended, one sentence without the command
  std::string output;  ///< the tail, printable
};

/// Where a command ran: absolute paths in its output begin with `root`, others are relative to `folder`
/// below.
struct RunPlace {
  std::filesystem::path root;
  std::string folder;
};

RunFacts facts_of(const CommandResult& result, ReadOutput read, const RunPlace& place);

/// A path of a problem relative to the project's root.
std::string path_in_project(const std::string& path, const RunPlace& place);

/// True when both name the same test, each in the way of another tool: `tests/test_x.py::test_y` and
/// `tests.test_x.test_y`; the shorter may leave out what comes first.
bool is_same_test(std::string_view a, std::string_view b);

/// The name under which a diagnostic is counted: its path in the project, rule and message, but no line.
std::string diagnostic_key(const problems::Problem& problem);

}  // namespace autofix::verify
