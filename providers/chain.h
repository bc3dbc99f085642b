// The ordered list of links and what is known of each: says which to ask next (selection.h), asks it once,
// and remembers what that taught (link_transitions.h). It has no loop of its own: the one failover loop is
// server/fix's engine.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <tl/expected.hpp>
#include <vector>

#include "providers/catalog.h"
#include "providers/chain_documents.h"
#include "providers/clock.h"
#include "providers/provider.h"
#include "providers/routing.h"
#include "providers/selection.h"

namespace autofix::providers {

struct Sent {
  tl::expected<Completion, ProviderError> completion;
  CallRecord record;
  /// False: another request took what was left, so nothing went out and `completion` says why.
  bool sent = true;
};

/// One line of `autofix check`, `autofix/status` and the "All providers exhausted" error.
struct LinkStatus {
  std::string link;
  std::string display_name;
  std::string model;
  std::string state;    ///< ready | no_key | quota_exhausted | rate_limited | auth_failed | billing |
                        ///< model_gone | circuit_open
  std::string message;  ///< empty when ready
  std::optional<WallTime> retry_at;
  std::optional<std::int64_t> requests_remaining;  ///< of its own and every process that shares the store
  std::optional<std::int64_t> tokens_remaining;
  std::optional<WallTime> resets_at;     ///< when the scarcest limit begins anew
  std::vector<std::string> key_origins;  ///< where keys were found, never their values
};

/// What `autofix check` learned by asking a link's model list.
struct LinkCheck {
  LinkStatus status;
  bool reachable = false;
  std::optional<bool> model_listed;
  Milliseconds latency{0};
  std::vector<std::string> refused_keys;  ///< origins of keys that the provider does not take
  std::optional<ProviderError> error;     ///< of the first key, when none works
};

struct ChainOptions {
  int max_retries = 1;  ///< `retry.max`: repeats on one link for failures that a repeat can cure
  std::string ca_file;  ///< extra roots for TLS; empty: the system's
  Routing routing = Routing::ordered;
  std::optional<double> usd_per_day;  ///< `budget.usdPerDay`, shared like all that is known
};

/// Thread-safe: several workers ask and send at the same time.
class Chain {
 public:
  /// `documents` must outlive the chain.
  Chain(std::vector<LinkConfig> links, ChainOptions options, ChainDocuments& documents, const Clock& clock);
  ~Chain();
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  Step next(const Query& query) const;

  /// When a second link should be asked beside this step's: its usual slowest (95th percentile) answer time.
  /// Empty when too little is known, or when one request in ten has been doubled already.
  std::optional<Milliseconds> hedge_delay(const Step& step) const;
  /// The step of the second link; empty where none is open or its quota is scarce. Counts as a doubling.
  std::optional<Step> hedge(const Query& query);

  /// The models that the links of `only` (empty: of the chain) would be asked with first, in order.
  std::vector<std::string> first_models(std::span<const std::string> only) const;

  /// Reserves what the request takes, sends it once and records what it taught. A stop closes the socket
  /// within 100 ms, and a cancelled call teaches nothing. Never throws. `on_bytes` hears how much of the
  /// reply has come.
  Sent send(const Step& step, const Prompt& prompt, std::stop_token stop, SteadyTime deadline,
            const std::function<void(std::size_t bytes)>& on_bytes = {});

  /// Called when a fix was asked for and `step` is about to be sent: opens the TLS connection of the link
  /// that would be asked next, and asks https links whose key and model have not been seen to work for their
  /// models, which costs nothing. Returns at once; the work ends with the chain or after ten seconds.
  void prepare(const Query& query, const Step& step);

  std::vector<std::string> link_names() const;
  /// As people know it; the name itself where the chain has no such link.
  std::string display_name(const std::string& link) const;

  std::vector<LinkStatus> status() const;
  LinkCheck check(const std::string& link, std::stop_token stop, SteadyTime deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace autofix::providers
