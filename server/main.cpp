// Wires the parts together: which engine a configuration means. Everything else is the command line's.
#include <spdlog/spdlog.h>

#include "providers/chain.h"
#include "server/cli/cli.h"
#include "server/config/config.h"
#include "server/fix/engine.h"
#include "server/repair/offline_source.h"

namespace autofix {
namespace {

/// An engine and what it borrows. Several of one process share what is known of providers.
struct Wired {
  std::shared_ptr<providers::ChainDocuments> documents;
  providers::SystemClock clock;
  providers::Chain chain;
  fix::FixEngine engine;

  Wired(const config::Config& config, std::shared_ptr<spdlog::logger> log,
        std::shared_ptr<providers::ChainDocuments> shared)
      : documents(std::move(shared)),
        chain(config.chain_links(), chain_options(config), *documents, clock),
        engine(chain, local_sources(), clock, std::move(log), options_of(config)) {}

  static std::map<std::string, std::unique_ptr<fix::FixSource>> local_sources() {
    std::map<std::string, std::unique_ptr<fix::FixSource>> sources;
    sources.emplace("offline", repair::make_offline_source());
    return sources;
  }

  static providers::ChainOptions chain_options(const config::Config& config) {
    providers::ChainOptions options;
    options.max_retries = config.retry.max;
    options.routing = providers::routing_named(config.routing);
    options.usd_per_day = config.budget.usd_per_day;
    return options;
  }

  static fix::EngineOptions options_of(const config::Config& config) {
    fix::EngineOptions options;
    options.max_context_tokens = config.context.max_tokens;
    options.context_exclude = config.context.exclude;
    options.redact = config.privacy.redact;
    options.verification_required = config.verify.mode == config::Config::Verify::Mode::required;
    // Keys of links that are not in the chain are secrets all the same.
    for (const providers::LinkConfig& link : config.links) {
      for (const providers::Credential& key : link.credentials) options.secrets.push_back(key.value);
    }
    return options;
  }
};

config::MakeEngine engine_maker() {
  std::shared_ptr<providers::ChainDocuments> documents = providers::make_memory_chain_documents();
  return [documents](const config::Config& config, std::shared_ptr<spdlog::logger> log) {
    const auto wired = std::make_shared<Wired>(config, std::move(log), documents);
    return std::shared_ptr<fix::FixEngine>(wired, &wired->engine);
  };
}

}  // namespace
}  // namespace autofix

int main(int argc, char** argv) {
  return autofix::cli::run(argc, argv, autofix::engine_maker());
}
