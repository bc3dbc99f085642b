// The command line: parses it, runs one subcommand, returns its exit code (CONTRACT.md). One file per
// subcommand.
#pragma once

#include "server/config/config.h"

namespace autofix::cli {

/// `argv` as main got it. Writes to the real stdout and stderr.
int run(int argc, char** argv, const config::MakeEngine& make_engine);

}  // namespace autofix::cli
