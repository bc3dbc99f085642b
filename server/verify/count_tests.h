// Counts of tests in the output of a command, where a known runner printed them.
#pragma once

#include "server/fix/verifier.h"
#include "server/verify/run_command.h"

namespace autofix::verify {

/// Failed and passed counts of pytest, ctest, Catch2, go test, cargo test, jest, or the exit status alone
/// (0/1).
fix::RunCounts count_tests(const CommandResult& result);

}  // namespace autofix::verify
