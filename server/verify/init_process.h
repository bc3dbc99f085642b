// The first process of a sandbox: starts nothing itself, reaps what is left behind, keeps the limits that no
// single process can be given, and takes everything with it when it ends.
#pragma once

#include <sys/types.h>

#include "server/verify/child.h"
#include "server/verify/sandbox.h"

namespace autofix::verify {

/// Runs until `command` has ended, a limit is passed, or nobody holds the other end of `life` any more; tells
/// why through `report` and ends the whole pid namespace. Only async-signal-safe calls.
[[noreturn]] void be_init(pid_t command, const ResourceLimits& limits, int report, int life);

}  // namespace autofix::verify
