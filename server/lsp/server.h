// The language server: JSON-RPC over two descriptors until `exit` or the end of input. Owns the reader
// thread's state; fixes run on its task pool.
#pragma once

#include <memory>

#include "server/config/config.h"
#include "server/config/load.h"
#include "server/fix/verifier.h"
#include "server/lsp/report_watch.h"

namespace spdlog {
class logger;
}

namespace autofix::lsp {

struct ServerOptions {
  int input = 0;
  int output = 1;
  config::Sources
      sources;  ///< what the command line said; initialize adds the folders and the editor's settings
  config::Environment environment;
  config::MakeEngine make_engine;
  fix::MakeVerifier make_verifier;  ///< null: nothing is verified
  std::shared_ptr<spdlog::logger> log;
  ReportPace report_pace;
};

/// The exit code: 0 after shutdown and exit, 1 after exit alone or when the input ends first (LSP 3.17,
/// "exit").
int run_server(const ServerOptions& options);

}  // namespace autofix::lsp
