// The processes that a command leaves running beside its first one.
#pragma once

#include <sys/types.h>
#include <vector>

namespace autofix::verify {

/// Process groups with a live process in the session or the group that `leader` founded, `leader` itself
/// included. Zombies do not count. Empty where the system has no /proc.
std::vector<pid_t> live_groups(pid_t leader);

/// Sends `signal` to every such group. `leader` must not have been reaped: that keeps its number from being
/// given to somebody else.
void signal_session(pid_t leader, int signal);

}  // namespace autofix::verify
