// Wires the parts together: which engine a configuration means. Everything else is the command line's.
#include <map>
#include <mutex>
#include <spdlog/spdlog.h>
#include <utility>

#include "providers/chain.h"
#include "providers/name_lookup.h"
#include "server/cli/cli.h"
#include "server/config/config.h"
#include "server/config/load.h"
#include "server/fix/engine.h"
#include "server/repair/offline_source.h"
#include "server/store/store.h"

namespace autofix {
namespace {

/// A store, and what it has to say until somebody listens.
class OpenStore {
 public:
  OpenStore(const config::Config& config, const config::Environment& environment)
      : store_(store::open_store(options_of(config, environment))) {}

  const store::Store& get() const { return store_; }

  std::vector<std::string> take_notices() {
    const std::lock_guard lock(mutex_);
    return std::exchange(notices_, {});
  }

 private:
  store::StoreOptions options_of(const config::Config& config, const config::Environment& environment) {
    store::StoreOptions options;
    options.url = config.store.url;
    options.state_folder = environment.state_folder();
    options.runtime_folder = environment.runtime_folder();
    options.cache_shared = config.cache.shared;
    options.secret = [environment](const std::string& name) { return environment.variable(name); };
    options.look_up =
        [](const std::string& host,
           providers::SteadyTime deadline) -> tl::expected<std::vector<std::string>, std::string> {
      auto found = providers::look_up(host, {}, deadline);
      if (!found) return tl::unexpected(std::move(found.error().message));
      return std::move(*found);
    };
    options.notice = [this](std::string notice) {
      const std::lock_guard lock(mutex_);
      notices_.push_back(std::move(notice));
    };
    return options;
  }

  std::mutex mutex_;
  std::vector<std::string> notices_;
  store::Store store_;
};

/// An engine and what it borrows. Several of one process share a store.
struct Wired {
  std::shared_ptr<OpenStore> store;
  providers::SystemClock clock;
  providers::Chain chain;
  fix::FixEngine engine;

  Wired(const config::Config& config, std::shared_ptr<spdlog::logger> log, std::shared_ptr<OpenStore> shared)
      : store(std::move(shared)),
        chain(config.chain_links(), chain_options(config), *store->get().documents, clock),
        engine(chain, local_sources(), clock, std::move(log), options_of(config), memory_of(config, store)) {}

  static fix::EngineMemory memory_of(const config::Config& config, const std::shared_ptr<OpenStore>& store) {
    fix::EngineMemory memory;
    if (config.cache.enabled) memory.cache = store->get().cache;
    memory.log = store->get().log;
    memory.take_notices = [store] { return store->take_notices(); };
    return memory;
  }

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
    options.hedge = config.hedge.enabled;
    options.cache_ttl = std::chrono::days(config.cache.ttl_days);
    options.verification_required = config.verify.mode == config::Config::Verify::Mode::required;
    // Keys of links that are not in the chain are secrets all the same.
    for (const providers::LinkConfig& link : config.links) {
      for (const providers::Credential& key : link.credentials) options.secrets.push_back(key.value);
    }
    return options;
  }
};

config::MakeEngine engine_maker() {
  // One store for each way of naming it: engines come and go with their folders' settings.
  const auto stores = std::make_shared<std::map<std::pair<std::string, bool>, std::shared_ptr<OpenStore>>>();
  return [stores](const config::Config& config, std::shared_ptr<spdlog::logger> log) {
    std::shared_ptr<OpenStore>& store = (*stores)[{config.store.url, config.cache.shared}];
    if (!store) store = std::make_shared<OpenStore>(config, config::Environment::of_process());
    const auto wired = std::make_shared<Wired>(config, std::move(log), store);
    return std::shared_ptr<fix::FixEngine>(wired, &wired->engine);
  };
}

}  // namespace
}  // namespace autofix

int main(int argc, char** argv) {
  return autofix::cli::run(argc, argv, autofix::engine_maker());
}
