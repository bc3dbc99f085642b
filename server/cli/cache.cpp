// autofix cache clear
#include "server/cli/exit_codes.h"
#include "server/cli/session.h"
#include "server/config/logging.h"

namespace autofix::cli {

int run_cache_clear(const Surroundings& with) {
  auto loaded = load_configuration(with, nullptr, false);
  if (!loaded) return report(loaded.error());
  const auto engine =
      with.make_engine(loaded->config, config::make_logger(loaded->config.log, with.environment, true));
  const int count = engine->memory().cache ? engine->memory().cache->clear() : 0;
  say_notices(*engine);
  write_out(count == 1 ? "1 earlier fix forgotten\n" : std::to_string(count) + " earlier fixes forgotten\n");
  return kOk;
}

}  // namespace autofix::cli
