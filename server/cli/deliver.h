// Writes a fixed project where the command line asked for it: in place, to a new folder, or to a new .zip.
#pragma once

#include <stop_token>
#include <tl/expected.hpp>

#include "server/cli/options.h"
#include "server/cli/output.h"
#include "server/cli/project.h"
#include "server/fix/patch.h"

namespace autofix::cli {

/// Whether that place is free, before anything is spent on a fix.
tl::expected<void, Failure> check_place(const FixOptions& options, const Project& project);

/// All of it or nothing, whatever the project is and wherever it goes. Nothing is asked for: nothing is done.
tl::expected<void, Failure> deliver(const FixOptions& options, const Project& project,
                                    const fix::Patch& patch, const std::stop_token& stop);

}  // namespace autofix::cli
