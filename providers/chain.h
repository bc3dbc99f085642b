// The ordered list of links and what is known of each: says which to ask next, and asks it once. It has no
// loop of its own: the one failover loop is server/fix's engine.
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
#include "providers/chain_state.h"
#include "providers/clock.h"
#include "providers/provider.h"
#include "providers/routing.h"

namespace autofix::providers {

struct Estimate {
  int input_tokens = 0;
  int output_tokens = 0;  ///< 0: the link's own cap
};

/// One thing this request has done already, in order.
struct Tried {
  std::string link;
  std::string model;  ///< empty when the link was passed over as a whole
  std::string key_id;
  bool sent = false;                   ///< false: passed over
  std::optional<ProviderError> error;  ///< empty: a completion came
};

/// What the caller wants to know of the chain. `done` names links that the caller has finished with (its
/// rounds are used up, or it passed them over); links that next() itself gave up are recognised from `tried`.
struct Query {
  Estimate estimate;
  std::span<const Tried> tried;
  std::span<const std::string> done;
  std::span<const std::string> only;  ///< these links, in this order; empty: the configured chain
  std::string stay_on;  ///< a corrective round: the same link again, or pass_over with the reason
  SteadyTime deadline;
};

/// What to do next.
struct Step {
  enum class Action {
    send,       ///< ask `link` once, after `wait`
    local,      ///< `link` is not HTTP (offline): the caller runs it
    pass_over,  ///< `link` cannot be asked; `reason` says why. Record it in `tried` and call next() again
    give_up,    ///< nothing is left
  };
  Action action = Action::give_up;
  std::string link;
  std::string display_name;
  std::string model;
  std::string key_id;
  Milliseconds wait{0};       ///< backoff before sending; at most what the deadline allows
  int max_input_tokens = 0;   ///< what the prompt may take on this link
  int max_output_tokens = 0;  ///< what the reply may take
  ReplyFormat reply_format = ReplyFormat::blocks;
  std::optional<ProviderError> reason;
};

struct Sent {
  tl::expected<Completion, ProviderError> completion;
  CallRecord record;
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
  std::optional<int> requests_remaining;  ///< as the provider's headers last said
  std::optional<int> tokens_remaining;
  std::vector<std::string> key_origins;  ///< where keys were found, never their values
};

/// What `autofix check` learned by asking a link's model list.
struct LinkCheck {
  LinkStatus status;
  bool reachable = false;
  std::optional<bool> model_listed;
  Milliseconds latency{0};
  std::optional<ProviderError> error;
};

struct ChainOptions {
  int max_retries = 1;  ///< `retry.max`: repeats on one link for failures that a repeat can cure
  std::string ca_file;  ///< extra roots for TLS; empty: the system's
  Routing routing = Routing::ordered;
};

/// Thread-safe: several workers ask and send at the same time.
class Chain {
 public:
  Chain(std::vector<LinkConfig> links, ChainOptions options, ChainState& state, const Clock& clock);
  ~Chain();
  Chain(const Chain&) = delete;
  Chain& operator=(const Chain&) = delete;

  Step next(const Query& query) const;

  /// Sends one HTTP request and records what it taught. A stop closes the socket within 100 ms, and a
  /// cancelled call teaches nothing. Never throws. `on_bytes` hears how much of the reply has come.
  Sent send(const Step& step, const Prompt& prompt, std::stop_token stop, SteadyTime deadline,
            const std::function<void(std::size_t bytes)>& on_bytes = {});

  std::vector<LinkStatus> status() const;
  LinkCheck check(const std::string& link, std::stop_token stop, SteadyTime deadline);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace autofix::providers
