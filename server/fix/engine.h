// The one failover loop: asks link after link, round after round, until a candidate has been located, checked
// and, where there is a verifier, proven.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "providers/chain.h"
#include "server/fix/fix_cache.h"
#include "server/fix/fix_log.h"
#include "server/fix/fix_request.h"
#include "server/fix/fix_result.h"
#include "server/fix/fix_source.h"
#include "server/fix/request_context.h"
#include "server/fix/verifier.h"

namespace spdlog {
class logger;
}

namespace autofix::fix {

struct EngineOptions {
  int max_context_tokens = 24'000;           ///< `context.maxTokens`
  std::vector<std::string> context_exclude;  ///< `context.exclude` globs
  bool redact = true;                        ///< `privacy.redact`
  std::vector<std::string> secrets;    ///< the process's own keys: never in a prompt, whatever `redact` says
  bool verification_required = false;  ///< `verify.mode` = required
  bool hedge = false;                  ///< `hedge.enabled`
  std::chrono::days cache_ttl{30};     ///< `cache.ttlDays`
};

/// What would be sent, as `autofix preview` and `autofix.showPrompt` print it.
struct Preview {
  std::string link;                ///< empty when no model link can be asked now
  std::string reason;              ///< then: why not
  std::vector<std::string> paths;  ///< files of which parts are shown
  std::string model;
  providers::Prompt prompt;
};

/// What outlives a run; each may be null.
struct EngineMemory {
  std::shared_ptr<FixCache> cache;
  std::shared_ptr<FixLog> log;
  /// What the user should know of the memory itself, each sentence given out once.
  std::function<std::vector<std::string>()> take_notices;
};

/// Thread-safe: runs of several workers share only the chain and the memory.
class FixEngine {
 public:
  /// `local_sources`: the links that are not HTTP, by name (`offline`).
  FixEngine(providers::Chain& chain, std::map<std::string, std::unique_ptr<FixSource>> local_sources,
            const providers::Clock& clock, std::shared_ptr<spdlog::logger> log, EngineOptions options,
            EngineMemory memory = {});
  ~FixEngine();

  /// Never throws, never changes a file. `verifier` may be null.
  FixResult run(const RequestContext& context, const FixRequest& request, Verifier* verifier);

  /// The first request that run() would send, redacted; no network.
  Preview preview(const FixRequest& request) const;

  const EngineMemory& memory() const { return memory_; }
  const providers::Chain& chain() const { return chain_; }
  providers::Chain& chain() { return chain_; }

 private:
  providers::Chain& chain_;
  std::map<std::string, std::unique_ptr<FixSource>> local_sources_;
  const providers::Clock& clock_;
  std::shared_ptr<spdlog::logger> log_;
  EngineOptions options_;
  EngineMemory memory_;
};

}  // namespace autofix::fix
