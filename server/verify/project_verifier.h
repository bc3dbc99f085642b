// Proves a patch in the project itself: applies it, runs the command, puts the bytes back. The scratch copy
// will take its place.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/fix/verifier.h"
#include "server/verify/run_command.h"

namespace autofix::verify {

/// `before`: what the command printed and counted before any patch; empty: it is run first, on the first
/// verify(). A run passes when the command exits 0. Counts of tests come from the output where a known runner
/// printed them.
std::unique_ptr<fix::Verifier> make_project_verifier(std::filesystem::path root, Command command,
                                                     providers::Milliseconds timeout,
                                                     std::optional<CommandResult> before,
                                                     std::vector<std::string> hidden_variables);

/// Failed and passed counts of pytest, ctest, Catch2, go test, cargo test, jest, or the exit status alone
/// (0/1).
fix::RunCounts count_tests(const CommandResult& result);

}  // namespace autofix::verify
