// Starts one child process with a clean slate: own session, default signals, no descriptor but the standard
// three, and a sandbox where one is given. Waiting for it and ending it is run_command's work.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/beneath.h"
#include "server/verify/sandbox.h"

namespace autofix::verify {

/// What a child says of itself; written as it is.
struct ChildReport {
  enum class Kind : int {
    no_streams,  ///< `value` is errno, here and in the next three: the command never ran
    no_folder,
    no_program,
    no_sandbox,          ///< `step` of the view failed
    ended,               ///< sandboxed: `value` is the command's status as waitpid gives it
    too_many_processes,  ///< `value` processes
    too_much_memory,     ///< `value` MiB
  };
  Kind kind = Kind::no_streams;
  int value = 0;
  int step = 0;
};

struct Child {
  pid_t pid = -1;          ///< the command; in a sandbox its first process
  fix::Descriptor output;  ///< does not block; ends when nobody holds the other end any more
  fix::Descriptor report;  ///< does not block; ChildReports, or just the end once the command runs
  fix::Descriptor life;    ///< a sandbox ends when this is closed
};

/// Returns before the child has become the command. The caller must reap `pid`. `sandbox` may be null.
tl::expected<Child, std::string> start_child(const std::vector<std::string>& argv,
                                             const std::filesystem::path& folder,
                                             const std::vector<std::string>& environment,
                                             const Sandbox* sandbox);

/// One sentence for people.
std::string describe(const ChildReport& failure, std::string_view program,
                     const std::filesystem::path& folder, const Sandbox* sandbox);

}  // namespace autofix::verify
