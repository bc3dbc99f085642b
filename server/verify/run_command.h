// Runs one command line as a child in its own session: bounded in time and output, ended whole.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "providers/clock.h"
#include "server/verify/sandbox.h"

namespace autofix::verify {

struct CommandLimits {
  providers::SteadyTime deadline;
  std::size_t max_output_bytes = 1u << 20;  ///< the head and the tail are kept, the middle is dropped
  std::uint64_t most_output_bytes = 0;      ///< a command that prints more is ended; 0: no limit
};

struct CommandResult {
  enum class End { exited, signalled, timed_out, cancelled, over_limit };
  End end = End::exited;
  int exit_status = 0;     ///< exit code, or the signal's number
  std::string output;      ///< stdout and stderr in order of arrival
  std::string limit = {};  ///< over_limit: which one, as `it printed more than 256 MiB`
};

/// A command as the user wrote it. Split into words like a shell would (quotes, backslashes), but no shell
/// runs unless the command needs one (pipes, redirections, `&&`, variables): then `/bin/sh -c`, because the
/// user wrote one.
struct Command {
  std::vector<std::string> argv;
  std::string text;
};
Command parse_command(std::string text);

/// Fails only when the command could not be started; the error is one sentence. The command has a session of
/// its own and no input. At the deadline and on stop all of that session gets SIGTERM, then SIGKILL after
/// half a second; what it leaves behind when it ends by itself goes the same way, so that nothing of it is
/// left when this returns. Only a process that founded a session of its own escapes: that is a sandbox's
/// business, and it cannot hold us. The child's environment lacks our keys and everything in
/// `hidden_variables`, and tells Python to write no bytecode. PATH's relative entries are passed over. In a
/// sandbox nothing escapes, and everything ends with the command.
tl::expected<CommandResult, std::string> run_command(const Command& command,
                                                     const std::filesystem::path& folder,
                                                     const CommandLimits& limits,
                                                     const std::vector<std::string>& hidden_variables,
                                                     std::stop_token stop, const Sandbox* sandbox = nullptr);

}  // namespace autofix::verify
