// The process's one logger: stderr and a rotating file. stdout belongs to the protocol and to results.
#pragma once

#include <memory>

#include "server/config/load.h"

namespace autofix::config {

/// A file that cannot be opened is left out: logging never stops a fix.
std::shared_ptr<spdlog::logger> make_logger(const Config::Log& log, const Environment& environment,
                                            bool to_stderr);

}  // namespace autofix::config
