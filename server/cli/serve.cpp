// autofix, autofix --stdio, autofix serve: the language server.
#include "server/cli/session.h"
#include "server/config/logging.h"
#include "server/lsp/server.h"
#include "server/verify/choose_verifier.h"

namespace autofix::cli {

int run_serve(const Surroundings& with) {
  // Only the user's own settings decide where the log goes; folders come with initialize.
  auto loaded = load_configuration(with, nullptr, false);
  if (!loaded) return report(loaded.error());
  lsp::ServerOptions options;
  if (!with.common.config_file.empty()) options.sources.config_file = with.common.config_file;
  if (!with.common.log_level.empty()) options.sources.flags.emplace_back("log.level", with.common.log_level);
  options.environment = with.environment;
  options.make_engine = with.make_engine;
  options.make_verifier = [](fix::VerifierWish wish) { return verify::choose_verifier(std::move(wish)); };
  options.log = config::make_logger(loaded->config.log, with.environment, true);
  return lsp::run_server(options);
}

}  // namespace autofix::cli
