// Which link to ask next: pure, from configuration, what this request has done already and what is known of
// each link. It has no loop of its own: the one failover loop is server/fix's engine.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "providers/catalog.h"
#include "providers/clock.h"
#include "providers/link_record.h"
#include "providers/provider.h"
#include "providers/routing.h"

namespace autofix::providers {

/// Also when requests under way hold the rest: it may be there again soon.
inline constexpr const char* kOverBudget =
    "it may cost more than is left of today's budget (budget.usdPerDay)";
inline constexpr const char* kBarred = "privacy.allowProviders does not allow it";

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
  bool despite_breaker = false;  ///< breakers are all that blocks: the user's own request tries the link
  std::optional<ProviderError> reason;
};

/// What is known when a request asks.
struct Knowledge {
  std::span<const LinkConfig> links;  ///< the configured chain, in order
  Routing routing = Routing::ordered;
  int max_retries = 1;
  /// Of one link; the reference stays valid while the knowledge does.
  std::function<const LinkRecord&(const LinkConfig&)> record;
  /// Until when this machine's own network keeps the link from being asked; empty when it does not.
  std::function<std::optional<WallTime>(const LinkConfig&)> network_closed;
  std::function<double()> roll;    ///< in [0, 1)
  std::optional<double> usd_left;  ///< of today's budget; empty: no limit
  Now now;
};

Step select(const Knowledge& known, const Query& query);

/// The most that a request may cost, in US dollars.
double most_cost(const LinkConfig& link, std::int64_t input_tokens, std::int64_t output_tokens);

}  // namespace autofix::providers
