// What the tests of proven fixes share: a model that answers one text after the other, and the rule that a
// wrong answer never gets out. The projects and their tools are in the tests themselves.
#pragma once

#include <string>
#include <vector>

#include "tests/support/rig.h"

namespace autofix::test {

/// Stands in every wrong fix, so that one is seen wherever it gets to.
inline constexpr const char* kWrongMark = "a_wrong_idea";

/// A provider that gives these replies, the last one again and again.
nlohmann::json answers(const std::vector<std::string>& replies);

/// Whether this machine lets a command be isolated; says so to ctest where it does not.
bool can_isolate();

/// False, said to ctest, where a program is not installed.
bool is_installed(const std::string& program, const std::string& package);

struct Fixed {
  Ran ran;
  nlohmann::json result;

  /// `gemini failed_verification`, one for each attempt.
  std::vector<std::string> trail() const;
  std::string message(std::size_t attempt) const;
  /// `failed 1, passed 2 -> failed 0, passed 3`, `?` where nothing was counted.
  std::string counts() const;
};

/// `autofix fix . --json` and what else is asked for. Fails where the reply is no result object.
Fixed fix(const Rig& rig, std::vector<std::string> arguments);

/// All texts of a request's body, decoded and joined: what the provider gets to read.
std::string prompt_of(const RecordedRequest& request);

/// Runs a tool in the project before autofix is there; the test fails when `exit_code` is another.
Ran run_tool(const Rig& rig, std::vector<std::string> argv, int exit_code);

/// The whole of "first wrong, then right" on the command line: the trail, the counts, the second request
/// with `new_output` in it, and nothing of the wrong fix anywhere.
void check_second_is_proven(const Rig& rig, const std::vector<std::string>& arguments,
                            const std::string& counts, const std::string& new_output);

/// What the second request must look like: the new output, bounded, without control sequences.
void check_feedback(const FakeProvider& provider, const std::string& new_output);

/// Where TMPDIR of the binary, the process table and the mounts should hold nothing of a run any more.
void check_nothing_left(const Rig& rig);

/// Pids of processes with `mark` on their command line.
std::vector<int> processes_with(const std::string& mark);

}  // namespace autofix::test
