// Starts one child process with a clean slate: own session, default signals, no descriptor but the standard
// three. Waiting for it and ending it is run_command's work.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <tl/expected.hpp>
#include <vector>

#include "server/fix/beneath.h"

namespace autofix::verify {

/// Why the child could not become the command; written by the child as it is.
struct StartFailure {
  enum class Stage : int { streams, folder, program };
  Stage stage = Stage::streams;
  int error = 0;  ///< errno
};

struct Child {
  pid_t pid = -1;
  fix::Descriptor output;   ///< does not block; ends when nobody holds the other end any more
  fix::Descriptor failure;  ///< does not block; a StartFailure, or just the end once the command runs
};

/// Returns before the child has become the command. The caller must reap `pid`.
tl::expected<Child, std::string> start_child(const std::vector<std::string>& argv,
                                             const std::filesystem::path& folder,
                                             const std::vector<std::string>& environment);

/// One sentence for people.
std::string describe(const StartFailure& failure, std::string_view program,
                     const std::filesystem::path& folder);

}  // namespace autofix::verify
